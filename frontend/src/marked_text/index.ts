/** The component `marked_text`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { MarkedText } from "./marked_text";
import style from "./style.css";
import type { MarkedTextData } from "./types";

export default renderer<MarkedTextData>((args) => new MarkedText(args, style));
