/** The component `run_values`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RunValues } from "./run_values";
import style from "./style.css";
import type { ValuesData } from "./types";

export default renderer<ValuesData>((args) => new RunValues(args, style));
