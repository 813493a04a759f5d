/** The columns of AG Grid, as the view wants them: which, in which order, how wide, what is pinned. */

import type { GridApi } from "ag-grid-community";
import type { Contents } from "./contents";
import { columnDefinitions, type Drawers, TICK } from "./grid";
import type { Unfolding } from "./groups/unfolding";
import type { Row } from "./rows";
import type { ViewState } from "./view";

export class GridColumns {
  private definitions = "";

  constructor(
    private readonly api: GridApi<Row>,
    private readonly contents: Contents,
    private readonly view: ViewState,
    private readonly unfolding: Unfolding,
    private readonly drawers: Drawers,
    /** How many pixels there are for them. */
    private readonly available: () => number,
  ) {}

  /** Gives the grid the columns; the same ones are defined again only after `forget`. */
  define(): void {
    const loaded = this.contents.loaded(this.view.order);
    const definitions = JSON.stringify(loaded);
    if (definitions === this.definitions) {
      this.showAndHide();
      return;
    }
    this.definitions = definitions;
    this.api.setGridOption(
      "columnDefs",
      columnDefinitions(loaded, this.drawers, {
        width: (id) => this.view.widths.get(id),
        pinned: (column) => column.kind === "name" || this.view.pinned.has(column.id),
        shown: (id) => this.isVisible(id),
        longest: (column) => this.contents.longest(column),
        grouped: this.contents.grouped,
        available: this.available(),
      }),
    );
    // The grid puts columns that it did not have to its end.
    const state = [TICK, ...loaded.map(({ id }) => id)].map((colId) => ({ colId }));
    this.api.applyColumnState({ state, applyOrder: true });
  }

  /** Has the columns defined anew, as another view has other widths for the same ones. */
  forget(): void {
    this.definitions = "";
  }

  /** Shows the columns that the view wants, and hides the others. */
  showAndHide(): void {
    const changed = this.api
      .getColumnState()
      .filter(({ colId, hide }) => colId !== TICK && this.isVisible(colId) === (hide ?? false))
      .map(({ colId }) => ({ colId, hide: !this.isVisible(colId) }));
    if (changed.length) this.api.applyColumnState({ state: changed });
  }

  /** Shows a column that may be beyond the edge: it would seem not to have appeared. */
  scrollTo(id: string | undefined): void {
    if (id !== undefined && this.api.getColumn(id)) this.api.ensureColumnVisible(id);
  }

  togglePinned(id: string): void {
    this.view.togglePinned(id);
    this.api.setColumnsPinned([id], this.view.pinned.has(id) ? "left" : null);
  }

  /** Takes into the view what a person did with the columns of the grid. */
  take(): void {
    // What makes a group stands in front while it does, and has its own place otherwise.
    const state = this.api
      .getColumnState()
      .filter(({ colId }) => colId !== TICK && !this.contents.isOfGroups(colId));
    this.view.reorder(state.map(({ colId }) => colId));
    for (const { colId, width, pinned } of state) {
      if (width) this.keepWidth(colId, width);
      if (pinned) this.view.pinned.add(colId);
      else this.view.pinned.delete(colId);
    }
  }

  private isVisible(id: string): boolean {
    if (this.contents.spec(id)?.kind === "name") return true;
    if (this.contents.isOfGroups(id)) return true;
    if (!this.view.wanted.has(id)) return false;
    if (this.contents.grouped && this.contents.spec(id)?.group !== "metrics") {
      // Groups have none of it: it is shown as soon as a run is.
      return this.unfolding.opened.size > 0;
    }
    return !this.view.onlyDiffering || this.contents.statisticsOf(id).differs;
  }

  /** Only widths that somebody changed stand in a view. */
  private keepWidth(id: string, width: number): void {
    const defined = this.api.getColumnDef(id)?.width;
    if (this.view.widths.has(id) || width !== defined) this.view.widths.set(id, width);
  }
}
