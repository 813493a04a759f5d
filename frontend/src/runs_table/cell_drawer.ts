/** Draws the cells of the table: a value from the frame, with what the view and the row say of it. */

import type { ICellRendererParams, ValueGetterParams } from "ag-grid-community";
import type { Value } from "../shared/arrow";
import { element } from "../shared/dom";
import type { LinkTarget } from "../shared/links";
import { type Cell, type GroupCell, KINDS } from "./cells";
import type { Contents } from "./contents";
import { groupStatistics } from "./groups/group_statistics";
import type { Unfolding } from "./groups/unfolding";
import type { Row } from "./rows";
import type { Selection } from "./selection";
import type { ColumnSpec } from "./types";
import type { ViewState } from "./view";

/** What a click in a cell asks for. */
interface CellHost {
  link(): LinkTarget;
  toggleOpen(row: Row): void;
  toggleBaseline(id: string): void;
  toggleGroup(id: string): void;
}

export class CellDrawer {
  constructor(
    private readonly contents: Contents,
    private readonly view: ViewState,
    private readonly selection: Selection,
    private readonly unfolding: Unfolding,
    private readonly host: CellHost,
  ) {}

  /** The value of a cell, as AG Grid asks for it. */
  value(params: ValueGetterParams<Row>): Value {
    return params.data ? this.contents.value(params.column.getColId(), params.data.at) : null;
  }

  draw(params: ICellRendererParams<Row>): HTMLElement {
    const spec = this.contents.spec(params.column?.getColId() ?? "");
    if (!params.data || !spec) return element("div");
    return KINDS[spec.kind].draw(this.cell(params.data, spec));
  }

  /** The whole text of a cell: shown on hover, told below the table, copied. */
  whole(row: Row, column: ColumnSpec): string {
    return KINDS[column.kind].whole(this.cell(row, column));
  }

  /** The tick of a run, or of all runs of a group. */
  drawTick(params: ICellRendererParams<Row>): HTMLElement {
    if (params.data?.group) return this.drawGroupTick(params.data);
    const id = params.data?.id ?? "";
    const name = params.data ? this.contents.frame.text("run_name", params.data.at) || id : id;
    const tick = element("input", {
      type: "checkbox",
      class: "tick",
      tabindex: -1,
      "aria-label": `Tick ${name}`,
      "data-run": id,
    });
    tick.checked = this.selection.has(id);
    tick.addEventListener("click", (event) => {
      // The shift of a click would select the text between the two.
      window.getSelection()?.removeAllRanges();
      this.selection.toggle(id, this.contents.shownIds(), event.shiftKey);
    });
    return element("label", { class: "tick-cell" }, tick);
  }

  /** Shows on the ticks of groups how many of their runs are ticked. */
  showGroupTicks(place: HTMLElement): void {
    for (const tick of place.querySelectorAll<HTMLInputElement>("input.tick-group")) {
      this.showGroupTick(tick);
    }
  }

  private cell(row: Row, column: ColumnSpec): Cell {
    const { baseAt, frame } = this.contents;
    const base = baseAt === row.at ? undefined : baseAt;
    return {
      row,
      column,
      value: this.contents.value(column.id, row.at),
      statistics: this.contents.statisticsOf(column.id),
      direction: this.view.direction(column),
      shading: this.view.shading,
      base: base === undefined ? undefined : this.contents.value(column.id, base),
      running: ["RUNNING", "SCHEDULED"].includes(frame.text("status", row.at)),
      started: frame.number("start_time", row.at),
      heard: frame.has("last_logged") ? frame.number("last_logged", row.at) : null,
      nested: this.contents.nested,
      ...(row.group ? { group: this.groupCell(row, column) } : {}),
      baseline: this.view.baselines.includes(row.id),
      link: this.host.link(),
      toggleOpen: () => this.host.toggleOpen(row),
      toggleBaseline: () => this.host.toggleBaseline(row.id),
    };
  }

  private groupCell(row: Row, column: ColumnSpec): GroupCell {
    return {
      key: this.contents.groupedBy.includes(column.id),
      spread: this.view.spread,
      statistics: groupStatistics(this.contents.frame, column.field, row.at),
      loading: this.unfolding.isLoading(row.id),
    };
  }

  /** Ticks every run of a group; their ids may have to be read first. */
  private drawGroupTick(row: Row): HTMLElement {
    const name = this.contents.frame.text("run_name", row.at);
    const tick = element("input", {
      type: "checkbox",
      class: "tick-group",
      tabindex: -1,
      "aria-label": `Tick the runs of ${name}`,
      "data-group": row.id,
    });
    this.showGroupTick(tick);
    tick.addEventListener("click", () => this.host.toggleGroup(row.id));
    return element("label", { class: "tick-cell" }, tick);
  }

  private showGroupTick(tick: HTMLInputElement): void {
    const group = tick.dataset.group ?? "";
    const coverage = this.selection.coverage(this.contents.runsOf(group));
    const whole = coverage === "all" && this.contents.missingOf(group) === 0;
    tick.checked = whole;
    tick.indeterminate = coverage !== "none" && !whole;
  }
}
