/** The component `file_tree`: what Streamlit calls. */

import { renderer } from "../shared/streamlit";
import { FileTree } from "./file_tree";
import style from "./style.css";
import type { FileTreeData } from "./types";

export default renderer<FileTreeData>((args) => new FileTree(args, style));
