/** The component `run_comparison`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RunComparison } from "./comparison";
import style from "./style.css";
import type { ComparisonData } from "./types";

export default renderer<ComparisonData>((args) => new RunComparison(args, style));
