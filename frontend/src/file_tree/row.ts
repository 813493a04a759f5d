/** The element of one line of the tree. */

import { element, icon, ICONS } from "../shared/dom";
import type { FileRow } from "./types";

export const ROW_HEIGHT = 30;
const FOLDER = "M3 6h6l2 2h10v11H3z";
const FILE = "M6 3h8l4 4v14H6zM14 3v4h4";
const INDENT = 16;
/** Deeper files stand as far right as these; their level is in the tree's own words. */
const DEEPEST = 10;

export interface RowState {
  readonly id: string;
  readonly at: number;
  readonly active: boolean;
  readonly chosen: boolean;
  readonly open: boolean;
  readonly ticked: boolean;
}

/** The element of a line; a click on its arrow, its box, and on the rest is the tree's to take. */
export function rowElement(row: FileRow, state: RowState): HTMLElement {
  const entry = row.kind === "folder" || row.kind === "file";
  const made = element(
    "div",
    {
      class: `row ${row.kind}`,
      role: "treeitem",
      id: state.id,
      "data-at": state.at,
      "aria-level": row.depth + 1,
      "aria-selected": String(state.chosen),
      "aria-checked": entry ? String(state.ticked) : null,
      "aria-expanded": row.kind === "folder" ? String(state.open) : null,
      "aria-label": [row.name, row.detail].filter(Boolean).join(", "),
    },
    entry ? element("span", { class: "box", title: "Choose for a download" }) : null,
    row.kind === "folder"
      ? element("span", { class: "arrow" }, icon(ICONS.chevronRight))
      : element("span", { class: "no-arrow" }),
    entry ? icon(row.kind === "folder" ? FOLDER : FILE) : null,
    element("span", { class: "label", title: entry ? row.path : null }, row.name),
    element("span", { class: "detail" }, row.detail),
  );
  made.style.top = `${state.at * ROW_HEIGHT}px`;
  made.style.setProperty("--indent", `${Math.min(row.depth, DEEPEST) * INDENT}px`);
  made.classList.toggle("active", state.active);
  return made;
}
