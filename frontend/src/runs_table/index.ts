/** The component `runs_table`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RunsTable } from "./table";
import type { TableData } from "./types";
import style from "./style.css";

export default renderer<TableData>((args) => new RunsTable(args, style));
