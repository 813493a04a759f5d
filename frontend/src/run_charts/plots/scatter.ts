/** One column against another: a dot for each run. */

import { colourOf } from "../../shared/colours";
import { grouped } from "../../shared/numbers";
import type { Size } from "../panels/drawing";
import { round, svg } from "../panels/svg";
import { axesOf, Chart, inside } from "./chart";
import type { PlotHost, PlotKind, PlotSubject } from "./kind";
import { scaleOf } from "./scale";

/** Pixels between dots that would cover each other, and how far they may go. */
const APART = 7;
const FARTHEST = 26;

export const scatter: PlotKind = {
  name: "scatter",
  title: "Scatter",
  fields: [
    { label: "x", number: false },
    { label: "y", number: false },
  ],
  draw(place, subject, host, size) {
    if (!pairsOf(subject).length) return "No run has both of these values.";
    const drawn = new Scatter(place, subject, host);
    drawn.resize(size);
    return drawn;
  },
};

class Scatter extends Chart {
  readonly note: string;

  constructor(
    place: HTMLElement,
    private readonly subject: PlotSubject,
    host: PlotHost,
  ) {
    const [x, y] = subject.columns;
    super(place, host, `${y?.label ?? ""} by ${x?.label ?? ""} of ${pairsOf(subject).length} runs`);
    const rows = pairsOf(subject);
    const missing = subject.runs.length - rows.length;
    const equal = [...beside(subject, rows).values()].filter((one) => one.of > 1).length;
    this.note = [
      equal && `${grouped(equal)} runs have equal values: they stand side by side`,
      missing && `${grouped(missing)} without a value are left out`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  protected override content(size: Size): Node[] {
    const [x, y] = this.subject.columns;
    if (x === undefined || y === undefined) return [];
    const box = inside(size);
    const axes = { x: scaleOf(x), y: scaleOf(y), xLabel: x.label, yLabel: y.label };
    const rows = pairsOf(this.subject);
    const places = beside(this.subject, rows);
    const dots = rows.flatMap((row) => {
      const run = this.subject.runs[row];
      const [atX, atY] = [axes.x.places[row], axes.y.places[row]];
      if (run === undefined || typeof atX !== "number" || typeof atY !== "number") return [];
      const left = box.left + atX * box.width + shift(places.get(row));
      const top = box.top + (1 - atY) * box.height;
      const dot = svg("circle", { class: "mark", cx: round(left), cy: round(top), r: 4 });
      dot.style.fill = colourOf(run.id);
      dot.classList.toggle("faint", this.subject.ticked.size > 0 && !this.subject.ticked.has(run.id));
      return [this.mark(dot, run, [x, y], row, left)];
    });
    return [...axesOf(axes, box), ...dots];
  }
}

/** The runs that have both values. */
function pairsOf({ columns, runs }: PlotSubject): number[] {
  const has = (row: number) =>
    columns.every((column) => (column.isNumber ? column.numbers[row] !== null : column.texts[row] !== ""));
  return runs.flatMap((_, row) => (has(row) ? [row] : []));
}

interface Beside {
  readonly number: number;
  readonly of: number;
}

/** Which of how many runs with the same two values each one is. */
function beside({ columns }: PlotSubject, rows: readonly number[]): Map<number, Beside> {
  const same = new Map<string, number[]>();
  for (const row of rows) {
    const key = JSON.stringify(columns.map((column) => column.texts[row]));
    const others = same.get(key);
    if (others) others.push(row);
    else same.set(key, [row]);
  }
  const found = new Map<number, Beside>();
  for (const all of same.values()) all.forEach((row, number) => found.set(row, { number, of: all.length }));
  return found;
}

function shift(place: Beside | undefined): number {
  if (place === undefined || place.of < 2) return 0;
  const step = Math.min(APART, (2 * FARTHEST) / (place.of - 1));
  return (place.number - (place.of - 1) / 2) * step;
}
