/** How the table is arranged, and the changes that a person makes to it. */

import type { ColumnSpec, Direction, Shading, SortTerm, Spread, View, ViewColumn } from "./types";
import { directionOf } from "./statistics";

export class ViewState {
  /** All columns that the grid has, in its order, also those that are not shown. */
  order: string[] = [];
  wanted = new Set<string>();
  widths = new Map<string, number>();
  pinned = new Set<string>();
  sort: readonly SortTerm[] = [];
  baselines: readonly string[] = [];
  onlyDiffering = false;
  shading: Shading = "none";
  group: readonly string[] = [];
  spread: Spread = "std";
  private best = new Map<string, Direction>();

  constructor(view: View) {
    this.take(view);
  }

  /** Replaces everything by a view that was given. */
  take(view: View): void {
    this.order = view.columns.map((column) => column.id);
    this.wanted = new Set(this.order);
    this.widths = new Map(view.columns.flatMap(({ id, width }) => (width ? [[id, width]] : [])));
    this.pinned = new Set(view.columns.flatMap(({ id, pinned }) => (pinned ? [id] : [])));
    this.sort = view.sort;
    this.baselines = view.baselines;
    this.onlyDiffering = view.only_differing;
    this.shading = view.shading;
    this.group = view.group;
    this.spread = view.spread;
    this.best = new Map(Object.entries(view.best));
  }

  given(): View {
    const columns = this.order.filter((id) => this.wanted.has(id)).map((id) => this.column(id));
    return {
      columns,
      sort: this.sort,
      baselines: this.baselines,
      only_differing: this.onlyDiffering,
      shading: this.shading,
      best: Object.fromEntries(this.best),
      group: this.group,
      spread: this.spread,
    };
  }

  /** Columns that are known but were never arranged stand behind the others. */
  arrange(known: readonly ColumnSpec[]): void {
    const placed = new Set(this.order);
    this.order = [...this.order, ...known.flatMap(({ id }) => (placed.has(id) ? [] : [id]))];
  }

  /** Takes over the order of the grid; columns that it has not yet keep their place. */
  reorder(ids: readonly string[]): void {
    const moved = new Set(ids);
    let next = 0;
    this.order = this.order.map((id) => (moved.has(id) ? (ids[next++] ?? id) : id));
  }

  show(ids: readonly string[], shown: boolean): void {
    for (const id of ids) {
      if (shown) this.wanted.add(id);
      else this.wanted.delete(id);
    }
  }

  /** The click on a header: the column's own first way, then the other, then none. */
  progressSort(column: ColumnSpec, add: boolean): void {
    const before = this.sort.find((term) => term.by === column.id);
    const first = this.firstWay(column);
    const others = add ? this.sort.filter((term) => term.by !== column.id) : [];
    if (before === undefined) this.sort = [...others, { by: column.id, ascending: first }];
    else if (before.ascending === first) {
      const turned = { by: column.id, ascending: !first };
      this.sort = add
        ? this.sort.map((term) => (term.by === column.id ? turned : term))
        : [turned];
    } else this.sort = others;
  }

  sortBy(column: ColumnSpec, ascending: boolean, add: boolean): void {
    const others = add ? this.sort.filter((term) => term.by !== column.id) : [];
    this.sort = [...others, { by: column.id, ascending }];
  }

  clearSort(): void {
    this.sort = [];
  }

  direction(column: ColumnSpec): Direction {
    if (column.kind !== "number") return "none";
    return this.best.get(column.id) ?? directionOf(column.id);
  }

  setDirection(column: ColumnSpec, direction: Direction): void {
    if (direction === directionOf(column.id)) this.best.delete(column.id);
    else this.best.set(column.id, direction);
  }

  togglePinned(id: string): void {
    if (!this.pinned.delete(id)) this.pinned.add(id);
  }

  toggleBaseline(runId: string): void {
    this.baselines = this.baselines.includes(runId)
      ? this.baselines.filter((id) => id !== runId)
      : [...this.baselines, runId];
  }

  private firstWay(column: ColumnSpec): boolean {
    if (column.kind === "time") return false;
    if (column.kind === "count") return false;
    return column.kind === "number" ? this.direction(column) === "lower" : true;
  }

  private column(id: string): ViewColumn {
    const width = this.widths.get(id);
    return {
      id,
      ...(width === undefined ? {} : { width: Math.round(width) }),
      ...(this.pinned.has(id) ? { pinned: true } : {}),
    };
  }
}
