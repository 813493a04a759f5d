/** The component `run_updates`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RunUpdates } from "./run_updates";
import type { UpdatesData } from "./types";

export default renderer<UpdatesData>((args) => new RunUpdates(args));
