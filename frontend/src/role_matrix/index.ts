/** The component `role_matrix`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { RoleMatrix } from "./role_matrix";
import style from "./style.css";
import type { MatrixData } from "./types";

export default renderer<MatrixData>((args) => new RoleMatrix(args, style));
