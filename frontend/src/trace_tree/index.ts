/** The component `trace_tree`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { TraceTree } from "./trace_tree";
import style from "./style.css";
import type { TraceData } from "./types";

export default renderer<TraceData>((args) => new TraceTree(args, style));
