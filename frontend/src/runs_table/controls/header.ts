/**
 * The header of a column: its name sorts, its button opens what can be done with the column.
 *
 * AG Grid's own column menu is part of its Enterprise edition.
 */

import type { IHeaderComp, IHeaderParams } from "ag-grid-community";
import { append, button, element, icon, ICONS } from "../../shared/dom";
import type { MenuItems } from "./menu";
import type { ColumnSpec, Direction, SortTerm } from "../types";

/** What a header asks of the table that it belongs to. */
export interface HeaderHost {
  column(id: string): ColumnSpec | undefined;
  sortOf(id: string): { term: SortTerm; place: number; of: number } | null;
  direction(column: ColumnSpec): Direction;
  progressSort(column: ColumnSpec, add: boolean): void;
  menu(column: ColumnSpec): MenuItems;
  openMenu(anchor: HTMLElement, items: MenuItems): void;
  register(header: ColumnHeader): void;
  unregister(header: ColumnHeader): void;
}

export class ColumnHeader implements IHeaderComp {
  private readonly root = element("div", { class: "header" });
  private readonly label = element("span", { class: "label" });
  private readonly sign = element("span", { class: "sign", "aria-hidden": "true" });
  private host!: HeaderHost;
  private spec!: ColumnSpec;
  private cell!: HTMLElement;

  init(params: IHeaderParams): void {
    this.host = params.context as HeaderHost;
    const spec = this.host.column(params.column.getColId());
    if (spec === undefined) return;
    this.spec = spec;
    this.cell = params.eGridHeader;
    this.label.textContent = spec.label;
    this.label.title = spec.id;
    const more = button(icon(ICONS.more), () => this.openMenu(more), {
      class: "quiet menu-button",
      "aria-label": `Column ${spec.label}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      // The header cell has the focus; its keys open this (Ctrl+Enter, or the menu key).
      tabindex: -1,
    });
    append(this.root, [this.label, this.sign, more]);
    if (["number", "duration", "count"].includes(spec.kind)) this.root.classList.add("right");
    this.label.addEventListener("click", (event) => {
      this.host.progressSort(spec, event.shiftKey);
    });
    this.root.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      this.openMenu(more);
    });
    this.cell.addEventListener("keydown", (event) => {
      if (event.key === "ContextMenu" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        this.openMenu(more);
      } else if (event.key === "Enter" && event.target === this.cell) {
        this.host.progressSort(spec, event.shiftKey);
      }
    });
    this.host.register(this);
    this.show();
  }

  getGui(): HTMLElement {
    return this.root;
  }

  refresh(): boolean {
    this.show();
    return true;
  }

  destroy(): void {
    this.host.unregister(this);
  }

  /** Draws how the column is sorted. */
  show(): void {
    const found = this.host.sortOf(this.spec.id);
    const arrow = found ? (found.term.ascending ? "↑" : "↓") : "";
    this.sign.textContent = found && found.of > 1 ? `${arrow}${found.place + 1}` : arrow;
    const way = found?.term.ascending ? "ascending" : "descending";
    this.cell.setAttribute("aria-sort", found ? way : "none");
    this.cell.title = "";
  }

  private openMenu(anchor: HTMLElement): void {
    this.host.openMenu(anchor, this.host.menu(this.spec));
  }
}

export function menuOf(
  column: ColumnSpec,
  state: { sorted: boolean; othersSorted: boolean; pinned: boolean; direction: Direction },
  act: {
    readonly sort: (ascending: boolean, add: boolean) => void;
    readonly clearSort: () => void;
    readonly pin: () => void;
    readonly hide: () => void;
    readonly fit: () => void;
    readonly setDirection: (direction: Direction) => void;
  },
): MenuItems {
  const sorting = [
    { label: "Sort ascending", act: () => act.sort(true, false) },
    { label: "Sort descending", act: () => act.sort(false, false) },
  ];
  if (state.othersSorted) {
    sorting.push({ label: "Then by this, ascending", act: () => act.sort(true, true) });
    sorting.push({ label: "Then by this, descending", act: () => act.sort(false, true) });
  }
  if (state.sorted || state.othersSorted) sorting.push({ label: "No sorting", act: act.clearSort });
  const arranging = [{ label: "Fit width", act: act.fit }];
  // Groups always have their count.
  if (column.kind !== "name" && column.kind !== "count") {
    arranging.push({ label: state.pinned ? "Unpin" : "Pin to the left", act: act.pin });
    arranging.push({ label: "Hide", act: act.hide });
  }
  if (column.kind !== "number") return [sorting, arranging];
  const best = (["higher", "lower", "none"] as const).map((direction) => ({
    label: { higher: "Best is highest", lower: "Best is lowest", none: "No best value" }[direction],
    checked: state.direction === direction,
    act: () => act.setDirection(direction),
  }));
  return [sorting, arranging, best];
}
