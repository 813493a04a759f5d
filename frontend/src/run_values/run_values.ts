/** Metrics, parameters or tags of one run: searched, long ones folded, each to be copied. */

import { directionOf } from "../runs_table/statistics";
import { copyButton } from "../shared/copy_button";
import { button, element } from "../shared/dom";
import { byName } from "../shared/names";
import { grouped } from "../shared/numbers";
import { keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { sparkline } from "./sparkline";
import type { MetricValue, TextValue, ValuesData } from "./types";

/** From so many values on they are searched. */
const SEARCHED_FROM = 8;
/** Rows that are drawn before somebody asks for all. */
const FIRST = 100;
const FOLDED_SIGNS = 240;
const FOLDED_LINES = 4;
const SYSTEM = "system/";

export class RunValues implements Mounted<ValuesData> {
  private data: ValuesData;
  private version: string | null = null;
  private all = false;
  private systemIsOpen = false;
  private readonly unfolded = new Set<string>();
  private readonly root = element("div", { class: "run-values" });
  private readonly search = element("input", { type: "search" });
  private readonly count = element("span", { class: "count", role: "status" });
  private readonly bar = element("div", { class: "bar" }, this.search, this.count);
  private readonly body = element("div", {});

  constructor(args: RendererArgs<ValuesData>, style: string) {
    this.data = args.data;
    this.root.append(element("style", {}, style), this.bar, this.body);
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.search.addEventListener("input", () => this.draw());
  }

  update(args: RendererArgs<ValuesData>): void {
    const { data } = args;
    if (this.version === null && data.metrics.some(isAwaited)) args.setStateValue("drawn", true);
    if (this.version === data.version) return;
    this.version = data.version;
    this.data = data;
    const of = `${data.kind.toLowerCase()}s`;
    this.search.placeholder = `Search ${of}`;
    this.search.setAttribute("aria-label", `Search ${of}`);
    this.bar.hidden = data.metrics.length + data.texts.length < SEARCHED_FROM;
    this.draw();
  }

  destroy(): void {
    this.root.remove();
  }

  private draw(): void {
    const wanted = this.search.value.trim().toLowerCase();
    const has = (...texts: string[]) => !wanted || texts.some((text) => text.toLowerCase().includes(wanted));
    const metrics = this.data.metrics.filter(({ name }) => has(name)).sort((a, b) => byName(a.name, b.name));
    const texts = this.data.texts.filter(({ name, value }) => has(name, value));
    const found = metrics.length + texts.length;
    this.count.textContent = wanted ? `${grouped(found)} found` : "";
    const own = metrics.filter(({ name }) => !name.startsWith(SYSTEM));
    const system = metrics.filter(({ name }) => name.startsWith(SYSTEM));
    const parts: HTMLElement[] = [];
    if (own.length) parts.push(this.metricTable(own));
    if (system.length) parts.push(this.systemTable(system, wanted !== ""));
    if (texts.length) parts.push(this.textTable(texts));
    const most = Math.max(own.length, system.length, texts.length);
    if (most > FIRST && !this.all) parts.push(this.allButton(most));
    if (!found) parts.push(element("p", { class: "nothing" }, "Nothing here has these letters."));
    this.body.replaceChildren(...parts);
  }

  private shown<Row>(rows: readonly Row[]): readonly Row[] {
    return this.all ? rows : rows.slice(0, FIRST);
  }

  private allButton(most: number): HTMLElement {
    return button(
      `Show all ${grouped(most)}`,
      () => {
        this.all = true;
        this.draw();
      },
      { class: "quiet text" },
    );
  }

  private systemTable(rows: readonly MetricValue[], isSearched: boolean): HTMLElement {
    const made = element(
      "details",
      { open: this.systemIsOpen || isSearched },
      element("summary", {}, `System metrics · ${grouped(rows.length)}`),
      this.metricTable(rows),
    );
    made.addEventListener("toggle", () => {
      if (!isSearched) this.systemIsOpen = made.open;
    });
    return made;
  }

  private metricTable(rows: readonly MetricValue[]): HTMLElement {
    // Where there is no room for columns a row is drawn as two lines: its roles are said, or it
    // would be no row to a screen reader then.
    const head = (title: string, look: string) =>
      element("th", { scope: "col", role: "columnheader", class: look }, title);
    const heads = [head("Metric", ""), head("Course", "curve"), head("Last", "number"), head("Best", "number")];
    return element(
      "table",
      { class: "metrics", role: "table", "aria-label": `${this.data.kind}s` },
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
      element("tbody", { role: "rowgroup" }, ...this.shown(rows).map(metricRow)),
    );
  }

  private textTable(rows: readonly TextValue[]): HTMLElement {
    const head = [this.data.kind, "Value"].map((title) => element("th", { scope: "col" }, title));
    return element(
      "table",
      { class: "texts", "aria-label": `${this.data.kind}s` },
      element("thead", {}, element("tr", {}, ...head, element("td", {}))),
      element("tbody", {}, ...this.shown(rows).map((row) => this.textRow(row))),
    );
  }

  private textRow({ name, value }: TextValue): HTMLElement {
    const short = folded(value);
    const isFolded = short !== value && !this.unfolded.has(name);
    const text = element("span", { class: "value" }, isFolded ? `${short}…` : value);
    const toggle = button(
      isFolded ? `Show all ${grouped(value.length)} signs` : "Fold",
      () => {
        if (!this.unfolded.delete(name)) this.unfolded.add(name);
        this.draw();
      },
      { class: "quiet text", "aria-expanded": String(!isFolded) },
    );
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", {}, text, short === value ? null : toggle),
      element("td", { class: "copy" }, copyButton("Copy", () => value, name)),
    );
  }
}

function isAwaited({ line }: MetricValue): boolean {
  return !line.length;
}

function folded(value: string): string {
  return value.split("\n", FOLDED_LINES).join("\n").slice(0, FOLDED_SIGNS);
}

function metricRow(row: MetricValue): HTMLElement {
  const direction = directionOf(row.name);
  const [best, step] = direction === "lower" ? [row.low, row.low_step] : [row.high, row.high_step];
  return element(
    "tr",
    { role: "row" },
    element("th", { scope: "row", role: "rowheader" }, row.name),
    element("td", { class: "curve", role: "cell" }, sparkline(row.line)),
    amount(row.last, row.step),
    direction === "none" || !best ? amount("", "") : amount(best, step),
  );
}

function amount(value: string, step: string): HTMLElement {
  return element(
    "td",
    { class: "number", role: "cell" },
    value ? element("span", { class: "amount" }, value) : null,
    step ? element("span", { class: "step" }, step) : null,
  );
}
