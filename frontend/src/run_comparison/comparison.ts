/**
 * Runs beside each other: a column for each run, a line for each thing that they have.
 *
 * 500 runs with 500 lines are 250,000 cells: those that are seen are drawn, in a table whose other
 * rows and columns are four empty cells as large as they would be.
 */

import { Frame } from "../shared/arrow";
import { colourOf } from "../shared/colours";
import { append, element } from "../shared/dom";
import { tell } from "../shared/events";
import { addressOf, follow } from "../shared/links";
import { nameParts } from "../shared/names";
import { keepShortcutsInside, signature, type Mounted, type RendererArgs } from "../shared/streamlit";
import { drawCell } from "./cells";
import { isLine, linesOf, rowsOf, type Line, type Row } from "./lines";
import type { ComparisonData } from "./types";
import { covers, spanOf, type Span } from "../shared/window";

const ROW = 32;
const COLUMN = 168;
const FIRST_COLUMN = 210;

export class RunComparison implements Mounted<ComparisonData> {
  private readonly root = element("div", { class: "run-comparison" });
  private readonly only = element("input", { type: "checkbox" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search lines",
    "aria-label": "Search lines",
  });
  private readonly told = element("span", { class: "told", role: "status" });
  private readonly scroller = element("div", { class: "scroller", tabindex: 0, role: "region" });
  private readonly table = element("table");
  private readonly resized: ResizeObserver;
  private said = "";
  private frame = new Frame({ numRows: 0, schema: { fields: [] }, getChild: () => null });
  private lines: Line[] = [];
  private rows: Row[] = [];
  private page = "run";
  private drawn: { rows: Span; columns: Span } | null = null;

  constructor(
    private args: RendererArgs<ComparisonData>,
    style: string,
  ) {
    const bar = element(
      "div",
      { class: "bar" },
      element("label", { class: "check" }, this.only, "Only what differs"),
      this.search,
      this.told,
    );
    append(this.scroller, [this.table]);
    append(this.root, [bar, this.scroller]);
    append(args.parentElement, [element("style", {}, style), this.root]);
    keepShortcutsInside(this.root);
    this.only.checked = args.data.lines === "differing";
    this.only.addEventListener("change", () => {
      this.args.setStateValue("lines", this.only.checked ? "differing" : "all");
      this.choose();
    });
    this.search.addEventListener("input", () => {
      this.choose();
    });
    this.scroller.addEventListener("scroll", () => {
      this.look();
    });
    this.table.addEventListener("pointerover", (event) => {
      const cell = (event.target as Element).closest<HTMLElement>("[data-run]");
      tell("hover", cell?.dataset.run ?? null);
    });
    this.table.addEventListener("pointerleave", () => {
      tell("hover", null);
    });
    this.resized = new ResizeObserver(() => {
      this.look();
    });
    this.resized.observe(this.scroller);
  }

  update(args: RendererArgs<ComparisonData>): void {
    this.args = args;
    const said = signature(args.data, "frame");
    if (said === this.said) return;
    this.said = said;
    const { data } = args;
    this.page = data.page;
    this.frame = new Frame(data.frame);
    this.lines = linesOf(this.frame, data.columns, data.best);
    this.scroller.setAttribute("aria-label", data.label);
    this.scroller.style.maxHeight = `${data.height}px`;
    this.choose();
  }

  destroy(): void {
    this.resized.disconnect();
    tell("hover", null);
    this.root.remove();
  }

  /** Takes the lines that are asked for. */
  private choose(): void {
    this.rows = rowsOf(this.lines, this.only.checked, this.search.value);
    const count = this.rows.filter(isLine).length;
    this.told.textContent = `${count} of ${this.lines.length} lines, ${this.frame.length} runs`;
    this.drawn = null;
    this.look();
  }

  /** Draws what is seen, unless it is there. */
  private look(): void {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.scroller;
    const width = Math.max(clientWidth - FIRST_COLUMN, COLUMN);
    // It has no height before anything is in it.
    const height = Math.max(clientHeight, this.args.data.height);
    if (
      this.drawn !== null &&
      covers(this.drawn.columns, scrollLeft, Math.min(width, this.frame.length * COLUMN - scrollLeft), COLUMN) &&
      covers(this.drawn.rows, scrollTop, Math.min(height, this.rows.length * ROW - scrollTop), ROW)
    ) {
      return;
    }
    this.drawn = {
      rows: spanOf(scrollTop, height, ROW, this.rows.length),
      columns: spanOf(scrollLeft, width, COLUMN, this.frame.length),
    };
    this.draw(this.drawn.rows, this.drawn.columns);
  }

  private draw(rows: Span, columns: Span): void {
    const root = this.root.getRootNode() as Document | ShadowRoot;
    const focused = root.activeElement?.closest<HTMLElement>("th[data-run]")?.dataset.run;
    const before = columns.first * COLUMN;
    const after = (this.frame.length - columns.end) * COLUMN;
    this.table.style.width = `${FIRST_COLUMN + this.frame.length * COLUMN}px`;
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.table.setAttribute("aria-colcount", String(this.frame.length + 1));
    const body = element("tbody");
    append(body, [space(rows.first * ROW)]);
    for (let at = rows.first; at < rows.end; at++) {
      const row = this.rows[at];
      if (row) append(body, [this.drawRow(row, at, columns, before, after)]);
    }
    append(body, [space((this.rows.length - rows.end) * ROW)]);
    if (!this.rows.length) append(body, [this.nothing()]);
    this.table.replaceChildren(this.drawHead(columns, before, after), body);
    if (focused) {
      this.table.querySelector<HTMLElement>(`th[data-run="${CSS.escape(focused)}"] a`)?.focus();
    }
  }

  private drawHead(columns: Span, before: number, after: number): HTMLElement {
    const row = element("tr", { "aria-rowindex": 1 });
    append(row, [element("th", { class: "corner", scope: "col" }, "Run"), gap("th", before)]);
    for (let run = columns.first; run < columns.end; run++) append(row, [this.drawRun(run)]);
    append(row, [gap("th", after)]);
    return element("thead", {}, row);
  }

  private drawRun(run: number): HTMLElement {
    const id = this.frame.text("run_id", run);
    const name = this.frame.text("run_name", run) || id;
    const query = { project: this.frame.text("project", run) };
    const link = element("a", {
      href: addressOf({ page: this.page, query, parameter: "run_id" }, id),
      title: `${name}\n${this.frame.text("experiment_name", run)}`,
      dir: "auto",
    });
    append(link, nameParts(name));
    link.addEventListener("click", (event) => {
      follow(event, link);
    });
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    dot.style.setProperty("--run", colourOf(id));
    const made = element("th", { scope: "col", "data-run": id, "aria-colindex": run + 2 });
    append(made, [element("div", { class: "run" }, dot, link)]);
    return made;
  }

  private drawRow(row: Row, at: number, columns: Span, before: number, after: number): HTMLElement {
    const made = element("tr", { "aria-rowindex": at + 2 });
    if (!isLine(row)) {
      made.className = "section";
      const title = `${row.section} ${row.count}`;
      const wide = { scope: "rowgroup", colspan: columns.end - columns.first + 3 };
      append(made, [element("th", wide, element("span", {}, title))]);
      return made;
    }
    const label = { scope: "row", title: row.spec.label, dir: "auto" };
    append(made, [element("th", label, row.spec.label), gap("td", before)]);
    for (let run = columns.first; run < columns.end; run++) {
      const cell = drawCell(row, run);
      cell.dataset.run = this.frame.text("run_id", run);
      cell.setAttribute("aria-colindex", String(run + 2));
      append(made, [cell]);
    }
    append(made, [gap("td", after)]);
    return made;
  }

  private nothing(): HTMLElement {
    const text = this.search.value.trim()
      ? "No line has these letters in its name."
      : "These runs are the same in all that they logged.";
    return element("tr", {}, element("td", { class: "nothing", colspan: 4 }, text));
  }
}

/** A row in the place of those that are not drawn. */
function space(height: number): HTMLElement {
  const made = element("tr", { class: "space", "aria-hidden": "true" });
  made.style.height = `${height}px`;
  return made;
}

/** A cell in the place of the columns that are not drawn. */
function gap(name: "td" | "th", width: number): HTMLElement {
  const made = element(name, { class: "gap", "aria-hidden": "true" });
  made.style.width = `${width}px`;
  return made;
}
