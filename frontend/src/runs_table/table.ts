/** The table of runs: one grid, and the state that a person gives it. */

import { createGrid, type GridApi, type ProcessRowParams } from "ag-grid-community";
import { Frame } from "../shared/arrow";
import { element } from "../shared/dom";
import { listen, tell, type Updates } from "../shared/events";
import { open as openAddress } from "../shared/links";
import {
  debounced,
  keepShortcutsInside,
  type Mounted,
  type RendererArgs,
  signature,
} from "../shared/streamlit";
import { Bar } from "./controls/bar";
import { cellMenu } from "./controls/cell_menu";
import { CellDrawer } from "./cell_drawer";
import { Chooser } from "./controls/chooser";
import { Contents } from "./contents";
import { baseOptions, GROUP_HEIGHT, HEADER_HEIGHT, ROW_HEIGHT } from "./grid";
import { GridColumns } from "./grid_columns";
import { groupedBy, Grouping } from "./groups/grouping";
import { ColumnHeader, type HeaderHost, menuOf } from "./controls/header";
import { cellOf, listenToKeys } from "./controls/keyboard";
import { openMenu } from "./controls/menu";
import { RowElements } from "./row_elements";
import type { Row } from "./rows";
import { Selection } from "./selection";
import { TickHeader } from "./controls/ticks";
import type { ColumnSpec, Shading, Spread, TableData } from "./types";
import { Unfolding } from "./groups/unfolding";
import { ViewState } from "./view";

/** A person who drags or ticks several times waits for one answer, not for each. */
const VIEW_PAUSE = 350;
const SELECTION_PAUSE = 120;

export class RunsTable implements Mounted<TableData>, HeaderHost {
  private args: RendererArgs<TableData>;
  private readonly contents: Contents;
  private drawn = "";
  private readonly closed = new Set<string>();
  private readonly unfolding: Unfolding;
  private readonly view: ViewState;
  private viewStamp: number;
  private selectionStamp: number;
  private readonly headers = new Set<ColumnHeader>();
  private readonly selection = new Selection(() => this.selectionChanged());
  private tickHeader: TickHeader | null = null;
  private readonly root = element("div", { class: "runs-table" });
  private readonly place = element("div", { class: "grid" });
  private readonly elements = new RowElements(this.place, (id) => this.selection.has(id));
  private readonly bar: Bar;
  private readonly chooser: Chooser;
  private readonly grouping: Grouping;
  private readonly cells: CellDrawer;
  private readonly columns: GridColumns;
  private readonly api: GridApi<Row>;
  private readonly stopListening: readonly (() => void)[];
  private askedMore = -1;
  private isNew = true;
  private readonly sendView = debounced(VIEW_PAUSE, () => {
    this.args.setStateValue("view", this.view.given());
  });
  private readonly sendSelection = debounced(SELECTION_PAUSE, () => {
    this.args.setStateValue("selection", this.selection.list());
  });

  constructor(args: RendererArgs<TableData>, style: string) {
    this.args = args;
    const { data } = args;
    this.contents = new Contents(data);
    this.view = new ViewState(data.view);
    this.unfolding = new Unfolding((wanted) => {
      // The newest args: those of this call are old by then.
      this.args.setStateValue("unfolded", wanted);
    });
    this.cells = new CellDrawer(this.contents, this.view, this.selection, this.unfolding, {
      link: () => this.args.data.link,
      toggleOpen: (row) => this.toggleOpen(row),
      toggleBaseline: (id) => this.toggleBaseline(id),
      toggleGroup: (id) => this.toggleGroup(id),
    });
    this.viewStamp = data.view_stamp;
    this.selectionStamp = data.selection_stamp;
    this.bar = new Bar({
      toggleChooser: () => this.toggleChooser(),
      toggleGrouping: () => this.toggleGrouping(),
      setOnlyDiffering: (only) => this.setOnlyDiffering(only),
      setShading: (shading) => this.setShading(shading),
      clearSelection: () => this.selection.replace([]),
      loadMore: () => this.loadMore(),
      readAgain: () => this.readAgain(),
    });
    this.chooser = new Chooser({
      columns: () => this.contents.columns(),
      isShown: (id) => this.view.wanted.has(id),
      show: (ids, shown) => this.showColumns(ids, shown),
      closed: () => this.bar.chooserButton.focus(),
    });
    this.grouping = new Grouping({
      columns: () => this.contents.columns(),
      group: () => this.view.group,
      spread: () => this.view.spread,
      most: () => this.args.data.most_grouped,
      setGroup: (ids) => this.setGroup(ids),
      setSpread: (spread) => this.setSpread(spread),
      closed: () => this.bar.groupingButton.focus(),
    });
    this.root.append(
      element("style", {}, style),
      this.bar.top,
      element("div", { class: "body" }, this.place),
      this.bar.foot,
    );
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.api = createGrid<Row>(this.place, {
      ...baseOptions(),
      context: this,
      rowData: [],
      columnDefs: [],
      processRowPostCreate: (params) => this.rowCreated(params),
      onGridReady: () => this.describe(),
      onColumnMoved: (event) => {
        if (event.finished && event.source === "uiColumnMoved") this.takeColumns();
      },
      onColumnResized: (event) => {
        if (event.finished && event.source !== "api") this.takeColumns();
      },
      onCellFocused: () => this.showFocused(),
      onBodyScrollEnd: () => this.loadMoreAtEnd(),
    });
    this.columns = new GridColumns(
      this.api,
      this.contents,
      this.view,
      this.unfolding,
      {
        cell: (params) => this.cells.draw(params),
        tick: (params) => this.cells.drawTick(params),
        value: (params) => this.cells.value(params),
        header: ColumnHeader,
        tickHeader: TickHeader,
      },
      () => this.place.clientWidth || window.innerWidth,
    );
    listenToKeys(this.root, {
      row: (id) => this.contents.row(id),
      toggle: (id, range) => {
        if (this.contents.row(id)?.group) this.toggleGroup(id);
        else this.selection.toggle(id, this.contents.shownIds(), range);
      },
      toggleAll: () => this.selection.toggleAll(this.contents.shownIds()),
      toggleOpen: (row) => this.toggleOpen(row),
      toggleBaseline: (id) => this.toggleBaseline(id),
      open: openAddress,
      whole: (id, column) => this.whole(id, column),
    });
    this.root.addEventListener("contextmenu", (event) => this.openCellMenu(event));
    this.root.addEventListener("mouseover", (event) => this.hovered(event));
    this.root.addEventListener("mouseleave", () => tell("hover", null));
    this.stopListening = [
      listen("hover", (id) => this.elements.highlight(id)),
      listen("updates", (updates) => this.takeUpdates(updates)),
    ];
    if (data.selection.length) {
      this.selection.replace(data.selection);
      // It came from Python, which need not be told.
      this.sendSelection.cancel();
    }
  }

  update(args: RendererArgs<TableData>): void {
    this.args = args;
    const { data } = args;
    const drawn = signature(data, "frame");
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const other = this.contents.take(data);
    if (other) {
      this.askedMore = -1;
      this.bar.showUpdates(null);
    }
    this.unfolding.keep(data.grouped_by);
    const loaded = this.unfolding.loaded((id) => this.contents.runsOf(id));
    if (loaded.length) this.selection.add(loaded);
    if (data.view_stamp !== this.viewStamp) {
      this.viewStamp = data.view_stamp;
      this.view.take(data.view);
      this.columns.forget();
    }
    if (data.selection_stamp !== this.selectionStamp) {
      this.selectionStamp = data.selection_stamp;
      this.selection.replace(data.selection);
      this.sendSelection.cancel();
    }
    this.view.arrange(data.columns);
    this.columns.define();
    this.arrangeRows();
    this.describe();
    this.api.refreshCells({ force: true, suppressFlash: true });
    for (const header of this.headers) header.show();
    this.showTicks();
    if (this.chooser.open) this.chooser.draw();
    if (this.grouping.open) this.grouping.draw();
    // What became of these runs may have been told before they were here.
    if (other || this.isNew) tell("awaited", null);
    this.isNew = false;
  }

  destroy(): void {
    this.sendView.cancel();
    this.sendSelection.cancel();
    for (const stop of this.stopListening) stop();
    this.api.destroy();
    this.root.remove();
  }

  // What a header asks.

  column(id: string): ColumnSpec | undefined {
    return this.contents.spec(id);
  }

  sortOf(id: string) {
    const place = this.view.sort.findIndex((term) => term.by === id);
    const term = this.view.sort[place];
    return term ? { term, place, of: this.view.sort.length } : null;
  }

  direction(column: ColumnSpec) {
    return this.view.direction(column);
  }

  progressSort(column: ColumnSpec, add: boolean): void {
    this.view.progressSort(column, add);
    this.sortChanged();
  }

  menu(column: ColumnSpec) {
    return menuOf(
      column,
      {
        sorted: this.sortOf(column.id) !== null,
        othersSorted: this.view.sort.some((term) => term.by !== column.id),
        pinned: this.view.pinned.has(column.id),
        direction: this.view.direction(column),
      },
      {
        sort: (ascending, add) => {
          this.view.sortBy(column, ascending, add);
          this.sortChanged();
        },
        clearSort: () => {
          this.view.clearSort();
          this.sortChanged();
        },
        pin: () => {
          this.columns.togglePinned(column.id);
          this.sendView();
        },
        hide: () => this.showColumns([column.id], false),
        fit: () => this.api.autoSizeColumns([column.id]),
        setDirection: (direction) => {
          this.view.setDirection(column, direction);
          this.redraw();
        },
      },
    );
  }

  openMenu(anchor: HTMLElement, items: Parameters<typeof openMenu>[2]): void {
    openMenu(this.root, anchor, items);
  }

  register(header: ColumnHeader): void {
    this.headers.add(header);
  }

  unregister(header: ColumnHeader): void {
    this.headers.delete(header);
  }

  registerTicks(header: TickHeader): void {
    this.tickHeader = header;
    this.showTicks();
  }

  toggleAllShown(): void {
    this.selection.toggleAll(this.contents.shownIds());
  }

  // Columns and rows

  private arrangeRows(): void {
    const { data } = this.args;
    this.contents.arrange(this.view.sort, this.closed, this.unfolding.opened, !data.more);
    this.api.setGridOption("rowData", [...this.contents.rows]);
    this.showBaselines();
    this.root.style.setProperty("--grid-height", `${this.height()}px`);
    this.showCounts();
    this.showGroupedBy();
    this.bar.showView(this.view.onlyDiffering, this.view.shading);
  }

  private showCounts(): void {
    const { data } = this.args;
    const { contents } = this;
    if (this.groupedBy().join() !== data.grouped_by.join()) this.bar.showGrouping();
    else if (contents.grouped) {
      this.bar.showGroups(data.groups, contents.groupedRuns());
    } else {
      this.bar.showCounts(contents.frame.length, data.total, data.more);
    }
    this.showSelected();
  }

  /** What the view groups by, of what these runs can be grouped by. */
  private groupedBy(): string[] {
    return groupedBy(this.args.data.columns, this.view.group);
  }

  private showGroupedBy(): void {
    const { columns } = this.args.data;
    this.bar.offerGrouping(columns.some((column) => column.groupable));
    this.bar.showGroupedBy(this.groupedBy().map((id) => this.contents.spec(id)?.label ?? id));
  }

  private showBaselines(): void {
    const pinned = this.contents.baselines(this.view.baselines);
    this.api.setGridOption("pinnedTopRowData", pinned);
  }

  private height(): number {
    const rows = this.contents.rows.length + this.view.baselines.length;
    // Two pixels of border, and room for a horizontal scroll bar.
    const whole = GROUP_HEIGHT + HEADER_HEIGHT + rows * ROW_HEIGHT + 18;
    return Math.max(Math.min(whole, this.args.data.height), 200);
  }

  // Cells

  private whole(id: string, columnId: string): string {
    const spec = this.contents.spec(columnId);
    const row = this.contents.row(id);
    return spec && row ? this.cells.whole(row, spec) : "";
  }

  private toggleGroup(id: string): void {
    const runs = this.contents.runsOf(id);
    if (runs.length) this.selection.toggleAll(runs);
    else this.unfolding.tick(id);
  }

  private rowCreated(params: ProcessRowParams<Row>): void {
    const row = params.node.data;
    if (!row) return;
    this.elements.created([params.eRow, params.ePinnedLeftRow], row);
  }

  private describe(): void {
    this.elements.describe(this.args.data.label, this.contents.rows);
  }

  // What a person does

  private selectionChanged(): void {
    this.showTicks();
    tell("selection", this.selection.list());
    this.sendSelection();
  }

  private showTicks(): void {
    this.elements.showTicks();
    this.cells.showGroupTicks(this.place);
    const shown = this.contents.shownIds();
    this.tickHeader?.show(this.selection.coverage(shown), shown.length);
    this.showSelected();
  }

  private showSelected(): void {
    const ticked = this.contents
      .groupIds()
      .filter((id) => this.selection.coverage(this.contents.runsOf(id)) === "all");
    const left = ticked.reduce((sum, id) => sum + this.contents.missingOf(id), 0);
    this.bar.showSelected(this.tickedHere(), left);
  }

  private tickedHere(): number {
    return this.selection.size ? this.contents.count((id) => this.selection.has(id)) : 0;
  }

  private toggleOpen(row: Row): void {
    if (!row.children) return;
    if (row.group) {
      this.unfolding.toggle(row.id, this.contents.runsOf(row.id).length > 0);
      this.columns.showAndHide();
    } else if (!this.closed.delete(row.id)) this.closed.add(row.id);
    this.arrangeRows();
    this.api.refreshCells({ force: true, suppressFlash: true });
    this.describe();
    this.showTicks();
  }

  private toggleBaseline(id: string): void {
    this.view.toggleBaseline(id);
    this.showBaselines();
    this.redraw();
  }

  private sortChanged(): void {
    this.arrangeRows();
    for (const header of this.headers) header.show();
    this.api.ensureIndexVisible(0);
    this.redraw();
  }

  private setOnlyDiffering(only: boolean): void {
    this.view.onlyDiffering = only;
    this.columns.showAndHide();
    this.sendView();
  }

  private setGroup(ids: readonly string[]): void {
    this.view.group = ids;
    this.bar.showGrouping();
    this.showGroupedBy();
    this.sendView();
  }

  private setSpread(spread: Spread): void {
    this.view.spread = spread;
    this.redraw();
  }

  private setShading(shading: Shading): void {
    this.view.shading = shading;
    this.redraw();
  }

  private showColumns(ids: readonly string[], shown: boolean): void {
    this.view.show(ids, shown);
    this.columns.showAndHide();
    if (shown) this.columns.scrollTo(ids[0]);
    this.sendView();
  }

  private redraw(): void {
    this.api.refreshCells({ force: true, suppressFlash: true });
    this.describe();
    this.sendView();
  }

  private takeColumns(): void {
    this.columns.take();
    this.sendView();
  }

  /** What can be done with a value: right click, or the menu key on the cell. */
  private openCellMenu(event: MouseEvent): void {
    const cell = cellOf(event);
    const spec = cell && this.contents.spec(cell.column);
    const row = cell && (this.contents.row(cell.id));
    // On a link the browser's own menu opens it in a new tab.
    if (!spec || !row || (event.target as HTMLElement).closest("a")) return;
    if (row.group && spec.kind === "count") return;
    const value = this.contents.value(spec.id, row.at);
    const whole = this.cells.whole(row, spec);
    const asks = !row.group || this.contents.groupedBy.includes(spec.id);
    const items = cellMenu(spec, value, whole, (asked) => {
      this.args.setTriggerValue("filter", asked);
    }, asks);
    if (!items.length) return;
    event.preventDefault();
    openMenu(this.root, cell.element, items);
  }

  private toggleChooser(): void {
    if (this.grouping.open) this.grouping.close();
    if (this.chooser.open) this.chooser.close();
    else this.chooser.openIn(this.root);
  }

  private toggleGrouping(): void {
    if (this.chooser.open) this.chooser.close();
    if (this.grouping.open) this.grouping.close();
    else this.grouping.openIn(this.root);
  }

  private loadMoreAtEnd(): void {
    if (this.api.getLastDisplayedRowIndex() >= this.contents.rows.length - 1) this.loadMore();
  }

  private loadMore(): void {
    // One question for each length of the table, however often its end is seen.
    if (!this.args.data.more || this.askedMore === this.contents.frame.length) return;
    this.askedMore = this.contents.frame.length;
    this.bar.showLoading();
    this.args.setTriggerValue("more", this.contents.frame.length);
  }

  /** Shows runs as they are now. Rows stay where they are, whatever they are sorted by. */
  private takeUpdates(updates: Updates): void {
    if (!this.contents.isOf(updates.of)) return;
    this.bar.showUpdates(updates);
    const changed = this.contents.renew(new Frame(updates.frame));
    // Others are not drawn anew: a cell that is replaced takes a click that has begun with it.
    const lasting = updates.running ? this.contents.columns().filter(isDuration) : [];
    const columns = [...changed, ...lasting.map(({ id }) => id)];
    if (columns.length) this.api.refreshCells({ columns, force: true, suppressFlash: true });
  }

  private readAgain(): void {
    this.bar.showReading();
    this.args.setTriggerValue("again", true);
  }

  private showFocused(): void {
    const focused = this.api.getFocusedCell();
    const row = focused && this.api.getDisplayedRowAtIndex(focused.rowIndex)?.data;
    const spec = focused && this.contents.spec(focused.column.getColId());
    this.bar.showValue(
      row && spec ? `${spec.label}: ${this.cells.whole(row, spec)}` : "",
    );
  }

  private hovered(event: Event): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>(".ag-row");
    tell("hover", row?.classList.contains("group-row") ? null : (row?.dataset.run ?? null));
  }
}

/** What a run that goes on has in it changes with the clock. */
function isDuration({ kind }: ColumnSpec): boolean {
  return kind === "duration";
}
