/** The panel of facets: what runs have few of, as ticks and ranges that write into the filter. */

import { element } from "../shared/dom";
import { byName } from "../shared/names";
import { grouped } from "../shared/numbers";
import { dayBefore, short } from "./completion";
import { asksForNone, boundOf, valuesOf, withBound, withNone, withValues } from "./sentence";
import { type Name, writeName, writeText } from "./tokens";
import type { FilterColumn, FilterData } from "./types";

export interface FacetsHost {
  /** The filter that a facet is written into. */
  sentence(): string;
  run(sentence: string): void;
}

/** A column with more values is no facet; the reading room counts the ten commonest. */
const MOST_VALUES = 10;
/** Of hundreds of names no more are drawn: the search finds the others. */
const MOST_SECTIONS = 24;
const PERSON: Name = { kind: "tags", key: "mlflow.user" };
const PARENT: Name = { kind: "tags", key: "mlflow.parentRunId" };
const STARTED: Name = { kind: "attributes", key: "start_time" };
const RUN_NAME: Name = { kind: "attributes", key: "run_name" };
const TIMES: readonly (readonly [string, number | null])[] = [
  ["Any time", null],
  ["Today", 0],
  ["The last 7 days", 6],
  ["The last 30 days", 29],
];
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

interface Section {
  readonly title: string;
  readonly root: HTMLElement;
  /** Whether the search leaves it out where there are many. */
  readonly optional: boolean;
}

export class Facets {
  readonly root = element("section", { class: "facets", "aria-label": "Facets" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search parameters, tags and metrics",
    "aria-label": "Search facets",
  });
  private readonly note = element("p", { class: "note" });
  private readonly grid = element("div", { class: "facet-grid" });
  private readonly nothing = element("p", { class: "note", role: "status" });
  private sections: Section[] = [];
  /** Each shows what the filter says. */
  private syncs: ((sentence: string) => void)[] = [];
  private drawn = "";

  constructor(private readonly host: FacetsHost) {
    this.root.append(element("div", { class: "facets-top" }, this.search, this.note), this.grid, this.nothing);
    this.search.addEventListener("input", () => this.find());
  }

  /** Draw the facets of other columns; the same ones only take what the filter says. */
  update(data: FilterData, sentence: string): void {
    const signature = JSON.stringify([data.columns, data.runs, data.sampled]);
    if (signature !== this.drawn) {
      this.drawn = signature;
      const focused = this.focusedKey();
      this.build(data);
      if (focused) this.grid.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
    this.syncs.forEach((sync) => sync(sentence));
  }

  private focusedKey(): string | undefined {
    const root = this.root.getRootNode() as Document | ShadowRoot;
    return (root.activeElement as HTMLElement | null)?.dataset.key;
  }

  private build({ columns, runs, sampled }: FilterData): void {
    this.syncs = [];
    const count = `${grouped(runs)} ${runs === 1 ? "run" : "runs"}`;
    this.note.textContent = sampled
      ? `Numbers are those of a sample of ${count}, without the filter.`
      : `Numbers are of all ${count} here, without the filter.`;
    const found = new Map(columns.map((column) => [`${column.kind}.${column.key}`, column]));
    const [status, experiment, user] = ["attributes.status", "attributes.experiment_name", "tags.mlflow.user"].map(
      (name) => found.get(name),
    );
    const person = user ?? found.get("attributes.user_id");
    const own = [
      this.names(),
      this.times(),
      ...(status ? [this.choice("Status", status, statusName)] : []),
      ...(person && person.values > 1 ? [this.choice("Person", person)] : []),
      ...(experiment && experiment.values > 1 ? [this.choice("Experiment", experiment)] : []),
    ];
    const logged = columns.filter(isFacet).sort((left, right) => byName(left.key, right.key));
    const kinds = ["params", "tags", "metrics"];
    const others = kinds.flatMap((kind) =>
      logged
        .filter((column) => column.kind === kind)
        .map((column) => (kind === "metrics" ? this.range(column) : this.choice(titleOf(column), column))),
    );
    this.sections = [...own.map((root) => ({ title: "", root, optional: false })), ...others.map((root) => ({
      title: (root.dataset.name ?? "").toLowerCase(),
      root,
      optional: true,
    }))];
    this.grid.replaceChildren(...this.sections.map(({ root }) => root));
    this.search.hidden = others.length < 8;
    this.find();
  }

  private find(): void {
    const wanted = this.search.value.trim().toLowerCase();
    let shown = 0;
    let left = 0;
    for (const { title, root, optional } of this.sections) {
      const isFound = optional ? title.includes(wanted) : !wanted;
      root.hidden = !isFound || (optional && shown >= MOST_SECTIONS);
      if (!root.hidden && optional) shown += 1;
      else if (isFound && optional) left += 1;
    }
    if (wanted && !shown) this.nothing.textContent = "No facet has these letters. Any name can be written into the line.";
    else this.nothing.textContent = left ? `${grouped(left)} more: search.` : "";
  }

  private section(title: string, ...content: (Node | null)[]): HTMLElement {
    const legend = element("legend", { title }, title);
    return element("fieldset", { "data-name": title }, legend, ...content);
  }

  private names(): HTMLElement {
    const contains = element("input", {
      type: "text",
      placeholder: "Part of the name",
      "aria-label": "Name contains",
      "data-key": "name",
    });
    contains.addEventListener("change", () => {
      const part = contains.value.trim();
      const written = part ? writeText(`%${part}%`) : "";
      if (written !== null) this.host.run(withBound(this.host.sentence(), RUN_NAME, "ILIKE", written));
    });
    const top = element("input", { type: "checkbox", "data-key": "top" });
    top.addEventListener("change", () => this.host.run(withNone(this.host.sentence(), PARENT, top.checked)));
    this.syncs.push((sentence) => {
      contains.value = boundOf(sentence, RUN_NAME, "ILIKE").replace(/^%|%$/g, "");
      top.checked = asksForNone(sentence, PARENT);
    });
    const label = element("label", {}, top, element("span", { class: "value" }, "Only top-level runs"));
    return this.section("Name", contains, label);
  }

  private times(): HTMLElement {
    const entries = TIMES.map(([label, days]) => {
      const radio = element("input", { type: "radio", name: "started", "data-key": `started-${days ?? "any"}` });
      radio.addEventListener("change", () => {
        const from = days === null ? "" : `'${dayBefore(days)}'`;
        this.host.run(withBound(this.host.sentence(), STARTED, ">=", from));
      });
      this.syncs.push((sentence) => {
        radio.checked = boundOf(sentence, STARTED, ">=") === (days === null ? "" : dayBefore(days));
      });
      return element("label", {}, radio, element("span", { class: "value" }, label));
    });
    return this.section("Started", ...entries);
  }

  private choice(title: string, column: FilterColumn, shown = (value: string) => value): HTMLElement {
    const name: Name = column.kind === "tags" && column.key === PERSON.key ? PERSON : column;
    const entries = column.common.flatMap(([raw, runs]) => {
      const value = String(raw);
      if (writeText(value) === null) return [];
      const tick = element("input", { type: "checkbox", "data-key": `${column.kind}.${column.key}=${value}` });
      tick.addEventListener("change", () => {
        const sentence = this.host.sentence();
        const others = valuesOf(sentence, name).filter((one) => one !== value);
        this.host.run(withValues(sentence, name, tick.checked ? [...others, value] : others));
      });
      this.syncs.push((sentence) => {
        tick.checked = valuesOf(sentence, name).includes(value);
      });
      const text = element("span", { class: "value" }, shown(value) || "(empty)");
      return [element("label", { title: value }, tick, text, element("small", {}, grouped(runs)))];
    });
    const more = column.values - column.common.length;
    const rest = more > 0 ? element("p", { class: "note" }, `${grouped(more)} more: write into the line.`) : null;
    return this.section(title, ...entries, rest);
  }

  private range(column: FilterColumn): HTMLElement {
    const bound = (comparator: ">=" | "<=", label: string, at: number | null) => {
      const input = element("input", {
        type: "text",
        inputmode: "decimal",
        placeholder: at === null ? "" : short(at),
        "aria-label": `${label} ${column.key}`,
        "data-key": `${column.key}${comparator}`,
      });
      input.addEventListener("change", () => {
        const written = input.value.trim();
        const isNumber = !written || NUMBER.test(written);
        input.setAttribute("aria-invalid", String(!isNumber));
        if (isNumber) this.host.run(withBound(this.host.sentence(), column, comparator, written));
      });
      this.syncs.push((sentence) => {
        if (input.getAttribute("aria-invalid") !== "true") input.value = boundOf(sentence, column, comparator);
      });
      return input;
    };
    const from = bound(">=", "Least", column.low);
    const to = bound("<=", "Greatest", column.high);
    return this.section(titleOf(column), element("div", { class: "range" }, from, element("span", {}, "to"), to));
  }
}

/** Whether it tells runs apart, and can be written into a filter. */
function isFacet(column: FilterColumn): boolean {
  if (writeName(column) === null || column.key.startsWith("mlflow.")) return false;
  if (column.kind === "metrics") return column.low !== null && column.high !== null && column.low < column.high;
  return (column.kind === "params" || column.kind === "tags") && column.values > 1 && column.values <= MOST_VALUES;
}

function titleOf({ kind, key }: FilterColumn): string {
  return `${kind}.${key}`;
}

function statusName(value: string): string {
  return value.charAt(0) + value.slice(1).toLowerCase();
}
