/** What can be done with the value of a cell: right click, or the menu key. */

import type { Value } from "../../shared/arrow";
import type { MenuItem, MenuItems } from "./menu";
import type { ColumnSpec, ValueFilter } from "../types";

/** A longer value is cut in the menu. */
const SHOWN = 24;
const FILTERED = new Set<ColumnSpec["kind"]>(["text", "status", "number"]);

export function cellMenu(
  column: ColumnSpec,
  value: Value,
  whole: string,
  filter: (asked: ValueFilter) => void,
  /** Whether the value was logged, so that runs can be found by it: a mean is none. */
  logged = true,
): MenuItems {
  const groups: MenuItem[][] = [];
  // No filter finds NaN by its value.
  if (logged && FILTERED.has(column.kind) && !Number.isNaN(value)) {
    const asked = typeof value === "string" || typeof value === "number" ? value : null;
    const ask = (same: boolean) => () => filter({ column: column.id, value: asked, same });
    const shown = whole.length > SHOWN ? `${whole.slice(0, SHOWN)}…` : whole;
    groups.push([
      { label: value === null ? "Only runs without a value" : `Only ${shown}`, act: ask(true) },
      { label: value === null ? "Only runs with a value" : `Without ${shown}`, act: ask(false) },
    ]);
  }
  // Browsers lend the clipboard to pages of https alone; Ctrl+C works without.
  if (whole && "clipboard" in navigator) {
    groups.push([{ label: "Copy the value", act: () => void navigator.clipboard.writeText(whole) }]);
  }
  return groups;
}
