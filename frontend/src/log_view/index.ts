/** The component `log_view`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { LogView } from "./log_view";
import style from "./style.css";
import type { LogData } from "./types";

export default renderer<LogData>((args) => new LogView(args, style));
