/** Which parameters a metric depends on: a bar each, the most important first. */

import { importancesOf, MOST_RUNS, type Importances } from "../importance/importance";
import { grouped } from "../../shared/numbers";
import type { Drawing, Size } from "../panels/drawing";
import { round, standalone, svg } from "../panels/svg";
import type { PlotKind } from "./kind";

/** Below so many runs chance alone gives such bars. */
const FEW_RUNS = 30;
/** A model that explains less than this says nothing of what it stands on. */
const LITTLE = 0.2;
const ROW = 24;
const TOP = 22;
const NAMES = 0.36;
const AMOUNTS = 112;
const LETTER = 6.6;

export const importance: PlotKind = {
  name: "importance",
  title: "Importance of parameters",
  fields: [
    { label: "For", number: true },
    { label: "Of", number: false, many: true, first: "params." },
  ],
  heading: ([metric = ""]) => `Importance for ${metric}`,
  draw(place, { columns: [metric, ...columns] }, _host, size) {
    if (metric === undefined || !columns.length) return "";
    const found = importancesOf(metric, columns);
    if (found === null) return `${metric.label} is known of too few runs, or is the same in all of them.`;
    return new Bars(place, found, metric.label, size);
  },
};

class Bars implements Drawing {
  readonly note: string;
  private readonly root = svg("svg", { class: "svg-plot bars", role: "img" });

  constructor(
    private readonly place: HTMLElement,
    private readonly found: Importances,
    metric: string,
    size: Size,
  ) {
    this.note = noteOf(found);
    const said = found.of.map(({ column, loss }) => `${column.label} ${loss.toFixed(2)}`).join(", ");
    this.root.setAttribute("aria-label", `Importance for ${metric}: ${said}`);
    place.append(this.root);
    this.resize(size);
  }

  resize({ width }: Size): void {
    const left = width * NAMES;
    const room = Math.max(width - left - AMOUNTS, 20);
    const most = Math.max(...this.found.of.map(({ loss }) => loss), 1e-9);
    const letters = Math.max(Math.floor(left / LETTER) - 1, 4);
    this.root.setAttribute("width", String(width));
    this.root.setAttribute("height", String(TOP + this.found.of.length * ROW));
    const head = (x: number, text: string) => svg("text", { class: "tick", x: round(x), y: 12, "text-anchor": "end" }, text);
    this.root.replaceChildren(
      head(width - 62, "R² lost"),
      head(width - 2, "corr."),
      ...this.found.of.map(({ column, loss, correlation }, at) => {
        const y = TOP + at * ROW;
        const long = column.label.length > letters;
        const name = long ? `${column.label.slice(0, letters - 1)}…` : column.label;
        const amount = (x: number, text: string) =>
          svg("text", { class: "amount", x: round(x), y: y + 15, "text-anchor": "end" }, text);
        return svg(
          "g",
          {},
          svg("title", {}, column.label),
          svg("text", { class: "name", x: 0, y: y + 15 }, name),
          svg("rect", {
            class: "bar",
            x: round(left),
            y: y + 5,
            width: round((Math.max(loss, 0) / most) * room),
            height: ROW - 10,
            rx: 2,
          }),
          amount(width - 62, Math.max(loss, 0).toFixed(2)),
          amount(width - 2, correlation === null ? "" : signed(correlation)),
        );
      }),
    );
  }

  highlight(): void {
    // A bar is of a parameter, and of no run.
  }

  picture(): SVGSVGElement {
    return standalone(this.root);
  }

  destroy(): void {
    this.place.replaceChildren();
  }
}

function noteOf({ r2, runs }: Importances): string {
  const model = `R² ${r2.toFixed(2)} for runs that were not learned from`;
  const of = runs >= MOST_RUNS ? ` (${grouped(runs)} of them, evenly chosen)` : "";
  if (runs < FEW_RUNS) return `Only ${runs} runs: chance alone can give such bars. ${model}.`;
  if (r2 < LITTLE) return `These parameters explain little: ${model}${of}.`;
  return `${model}${of}.`;
}

function signed(value: number): string {
  return `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(2)}`;
}
