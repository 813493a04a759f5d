/** A number by the values of a column: median, quartiles, and each run as a dot. */

import { colourOf } from "../../shared/colours";
import { grouped } from "../../shared/numbers";
import type { Size } from "../panels/drawing";
import { round, svg } from "../panels/svg";
import { axesOf, Chart, inside } from "./chart";
import type { PlotColumn } from "./columns";
import type { PlotHost, PlotKind, PlotSubject } from "./kind";
import { scaleOf } from "./scale";

/** Of fewer values no box is drawn: its quartiles would be between two of them. */
const FEWEST = 5;
const MOST_BOXES = 24;
const WIDEST = 56;
/** Points farther than so many times the box from it are beyond its whiskers. */
const WHISKER = 1.5;

export const box: PlotKind = {
  name: "box",
  title: "Box by a parameter",
  fields: [
    { label: "By", number: false },
    { label: "Value", number: true },
  ],
  draw(place, subject, host, size) {
    const [by, value] = subject.columns;
    if (by === undefined || value === undefined) return "";
    const texts = new Set(by.texts.filter((text, row) => text !== "" && value.numbers[row] !== null));
    if (!texts.size) return "No run has both of these values.";
    if (texts.size > MOST_BOXES) {
      return `${by.label} has ${grouped(texts.size)} values: more than ${MOST_BOXES} boxes cannot be compared.`;
    }
    const drawn = new Boxes(place, subject, { ...by, isNumber: false }, value, host);
    drawn.resize(size);
    return drawn;
  },
};

class Boxes extends Chart {
  readonly note: string;

  constructor(
    place: HTMLElement,
    private readonly subject: PlotSubject,
    private readonly by: PlotColumn,
    private readonly value: PlotColumn,
    host: PlotHost,
  ) {
    super(place, host, `${value.label} by ${by.label}`);
    const small = [...this.groups().values()].some((rows) => rows.length < FEWEST);
    this.note = small ? `No box for fewer than ${FEWEST} runs` : "";
  }

  protected override content(size: Size): Node[] {
    const area = inside(size);
    const axes = { x: scaleOf(this.by), y: scaleOf(this.value), xLabel: this.by.label, yLabel: this.value.label };
    const wide = Math.min((area.width / Math.max(axes.x.texts.length, 1)) * 0.6, WIDEST);
    const drawn: Node[] = axesOf(axes, area);
    const height = (value: number) => area.top + (1 - (axes.y.placeOf?.(value) ?? 0)) * area.height;
    for (const rows of this.groups().values()) {
      const middle = area.left + (axes.x.places[rows[0] ?? 0] ?? 0) * area.width;
      const values = rows.map((row) => this.value.numbers[row] ?? 0);
      if (rows.length >= FEWEST) drawn.push(boxOf(values, height, middle, wide));
      rows.forEach((row, at) => {
        const run = this.subject.runs[row];
        if (run === undefined) return;
        const left = middle + spreadOut(at, rows.length) * wide * 0.7;
        const dot = svg("circle", { class: "mark", cx: round(left), cy: round(height(values[at] ?? 0)), r: 3.5 });
        dot.style.fill = colourOf(run.id);
        dot.classList.toggle("faint", this.subject.ticked.size > 0 && !this.subject.ticked.has(run.id));
        drawn.push(this.mark(dot, run, [this.by, this.value], row, left));
      });
    }
    return drawn;
  }

  private groups(): Map<string, number[]> {
    const found = new Map<string, number[]>();
    this.by.texts.forEach((text, row) => {
      if (text === "" || this.value.numbers[row] === null) return;
      const rows = found.get(text);
      if (rows) rows.push(row);
      else found.set(text, [row]);
    });
    return found;
  }
}

function boxOf(
  values: readonly number[],
  height: (value: number) => number,
  middle: number,
  wide: number,
): SVGElement {
  const sorted = [...values].sort((left, right) => left - right);
  const lower = quantile(sorted, 0.25);
  const upper = quantile(sorted, 0.75);
  const reach = (upper - lower) * WHISKER;
  const least = sorted.find((one) => one >= lower - reach) ?? lower;
  const most = sorted.findLast((one) => one <= upper + reach) ?? upper;
  const half = round(height(quantile(sorted, 0.5)));
  const left = round(middle - wide / 2);
  const whisker = (from: number, to: number) =>
    svg("line", {
      class: "whisker",
      x1: round(middle),
      x2: round(middle),
      y1: round(height(from)),
      y2: round(height(to)),
    });
  const tall = round(height(lower) - height(upper));
  return svg(
    "g",
    { class: "box" },
    whisker(most, upper),
    whisker(lower, least),
    svg("rect", { x: left, y: round(height(upper)), width: round(wide), height: tall }),
    svg("line", { class: "median", x1: left, x2: round(middle + wide / 2), y1: half, y2: half }),
  );
}

/** A quantile of sorted values, between two of them as NumPy and R have it. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** From -0.5 to 0.5, so that equal values do not cover each other: the same at each drawing. */
function spreadOut(at: number, count: number): number {
  return count < 2 ? 0 : ((at * 0.618034) % 1) - 0.5;
}
