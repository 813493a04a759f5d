/** The component `run_filter`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RunFilter } from "./run_filter";
import style from "./style.css";
import type { FilterData } from "./types";

export default renderer<FilterData>((args) => new RunFilter(args, style));
