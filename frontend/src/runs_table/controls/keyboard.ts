/**
 * What keys do on a cell, beside the arrow keys, which are AG Grid's.
 *
 * The listeners are ours: AG Grid calls back late, when the target of an event in a shadow root is
 * no longer the cell.
 */

import type { Row } from "../rows";

export interface KeyActions {
  row(id: string): Row | undefined;
  toggle(id: string, range: boolean): void;
  toggleAll(): void;
  toggleOpen(row: Row): void;
  toggleBaseline(id: string): void;
  open(address: string): void;
  whole(id: string, column: string): string;
}

export function listenToKeys(root: HTMLElement, act: KeyActions): void {
  root.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (cell !== null && pressed(event, cell, act)) event.preventDefault();
  });
  // Ctrl+C on a cell copies what was logged, not the digits that there was room for.
  root.addEventListener("copy", (event) => {
    const cell = cellOf(event);
    if (cell === null || !window.getSelection()?.isCollapsed) return;
    event.clipboardData?.setData("text/plain", act.whole(cell.id, cell.column));
    event.preventDefault();
  });
}

interface FocusedCell {
  readonly element: HTMLElement;
  readonly id: string;
  readonly column: string;
}

/** The cell that an event came from; its `element` is where a menu opens. */
export function cellOf(event: Event): FocusedCell | null {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return null;
  const cell = target.closest<HTMLElement>(".ag-cell");
  const id = target.closest<HTMLElement>(".ag-row")?.dataset.run;
  const column = cell?.getAttribute("col-id");
  return cell && id && column ? { element: cell, id, column } : null;
}

function pressed(event: KeyboardEvent, cell: FocusedCell, act: KeyActions): boolean {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "a") {
    act.toggleAll();
    return true;
  }
  const row = act.row(cell.id);
  if (event.key === "Enter" && row?.group) {
    act.toggleOpen(row);
    return true;
  }
  if (event.key === "Enter") {
    const link = cell.element.querySelector("a");
    if (link === null) return false;
    if (control) window.open(link.href, "_blank", "noopener");
    else act.open(link.href);
    return true;
  }
  if (control || event.altKey) return false;
  if (event.key === " ") {
    act.toggle(cell.id, event.shiftKey);
    return true;
  }
  if (event.key === "p" && !row?.group) {
    act.toggleBaseline(cell.id);
    return true;
  }
  const wrong = row === undefined || row.children === 0;
  if (wrong || (event.key === "+" ? row.open : !row.open)) return false;
  if (event.key !== "+" && event.key !== "-") return false;
  act.toggleOpen(row);
  return true;
}
