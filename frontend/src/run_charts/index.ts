/** The component `run_charts`: what Streamlit calls. */

import plotStyle from "uplot/dist/uPlot.min.css";
import { renderer } from "../shared/streamlit";
import { RunCharts } from "./charts";
import style from "./style.css";
import type { ChartsData } from "./types";

export default renderer<ChartsData>((args) => new RunCharts(args, [plotStyle, style]));
