/**
 * Parallel coordinates: an axis for each column, a line for each run, coloured by the last axis.
 *
 * A drag along an axis is a range: the table then shows the runs in it.
 */

import { grouped } from "../../shared/numbers";
import type { Size } from "../panels/drawing";
import { pathThrough, round, svg } from "../panels/svg";
import type { RangeFilter } from "../types";
import { Brush } from "./brush";
import { Chart } from "./chart";
import { isMeasured, type PlotColumn } from "./columns";
import type { PlotHost, PlotKind, PlotSubject } from "./kind";
import { labelOf, type Scale, scaleOf } from "./scale";

/** More lines than this are drawn slowly and cannot be told apart. */
const MOST = 2000;
const TOP = 34;
const BOTTOM = 12;
const SIDE = 46;
const LETTER = 6.4;
/** From low to high: each has a contrast of 3:1 on the light and on the dark background. */
const COLOURS = [
  [59, 125, 216],
  [148, 103, 189],
  [217, 98, 43],
] as const;

export const parallel: PlotKind = {
  name: "parallel",
  title: "Parallel coordinates",
  fields: [
    { label: "First axis", number: false },
    { label: "Further axes; the last one gives the colours", number: false, many: true },
  ],
  heading: (labels) => labels.join(" · "),
  draw(place, subject, host, size) {
    if (subject.columns.length < 2) return "Choose two columns or more.";
    if (!completeOf(subject).length) return "No run has all of these values.";
    const drawn = new Parallel(place, subject, host);
    drawn.resize(size);
    return drawn;
  },
};

class Parallel extends Chart {
  readonly note: string;
  private readonly rows: readonly number[];
  private readonly scales: readonly Scale[];

  constructor(
    place: HTMLElement,
    private readonly subject: PlotSubject,
    private readonly ranges: PlotHost,
  ) {
    super(place, ranges, `Parallel coordinates of ${subject.columns.map((one) => one.label).join(", ")}`);
    const complete = completeOf(subject);
    this.rows = complete.slice(0, MOST);
    this.scales = subject.columns.map(scaleOf);
    const missing = subject.runs.length - complete.length;
    this.note = [
      "Drag along an axis, or use its arrow keys and Enter, to filter the table",
      missing && `${grouped(missing)} without a value are left out`,
      complete.length > MOST && `the first ${grouped(MOST)} are drawn`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  protected override content(size: Size): Node[] {
    const { columns, runs, ticked } = this.subject;
    const height = size.height - TOP - BOTTOM;
    const gap = (size.width - 2 * SIDE) / (columns.length - 1);
    const left = (axis: number) => SIDE + axis * gap;
    const top = (place: number) => TOP + (1 - place) * height;
    const last = this.scales.at(-1);
    const lines = this.rows.map((row) => {
      const run = runs[row] ?? { id: "", name: "" };
      const points = this.scales.map((scale, axis) => [left(axis), top(scale.places[row] ?? 0)] as const);
      const line = svg("path", { class: "line", d: pathThrough(points) });
      line.style.stroke = colourAt(last?.places[row] ?? 0);
      line.classList.toggle("faint", ticked.size > 0 && !ticked.has(run.id));
      return this.mark(line, run, columns, row, left(columns.length >> 1));
    });
    const room = Math.max(Math.floor(gap / LETTER) - 1, 4);
    const axes = columns.map((column, axis) =>
      this.axis(column, this.scales[axis], { left: left(axis), top: TOP, height, room, isLast: axis === columns.length - 1 }),
    );
    return [...lines, ...axes];
  }

  private axis(column: PlotColumn, scale: Scale | undefined, at: AxisPlace): SVGElement {
    const { left, height, room, isLast } = at;
    const drawn = svg("g", { class: "parallel-axis" });
    const end = isLast ? "end" : left <= SIDE ? "start" : "middle";
    const edge = isLast ? left + SIDE - 4 : left <= SIDE ? 4 : left;
    drawn.append(
      svg("line", { class: "axis-line", x1: left, x2: left, y1: TOP, y2: TOP + height }),
      svg("text", { class: "axis", x: edge, y: 14, "text-anchor": end }, cut(column.label, room), svg("title", {}, column.name)),
    );
    const each = Math.ceil((scale?.ticks.length ?? 0) / Math.max(Math.floor(height / 16), 1));
    scale?.ticks.forEach((tick, number) => {
      if (number % each) return;
      const y = round(TOP + (1 - tick.at) * height + 4);
      const text = cut(tick.label, Math.min(room, 9));
      drawn.append(svg("text", { class: "tick halo", x: left - 5, y, "text-anchor": "end" }, text));
    });
    if (scale === undefined) return drawn;
    const brush = new Brush({
      left,
      top: TOP,
      height,
      label: column.label,
      said: (place) => nearest(column, scale, place),
      chosen: (low, high) => {
        const range = rangeOf(column, scale, low, high);
        if (range !== null) this.ranges.filter([range]);
      },
    });
    drawn.append(brush.element);
    return drawn;
  }
}

interface AxisPlace {
  readonly left: number;
  readonly top: number;
  readonly height: number;
  readonly room: number;
  readonly isLast: boolean;
}

/** What stands at a place of an axis, or next to it, in words. */
export function nearest(column: PlotColumn, scale: Scale, place: number): string {
  const number = scale.numberAt;
  if (number !== null) return labelOf(column.name, number(place));
  const at = Math.floor(place * scale.texts.length);
  return scale.texts[Math.min(Math.max(at, 0), scale.texts.length - 1)] ?? "";
}

/**
 * The wish that a brush is: a range of a metric, or the texts of a parameter between its ends.
 *
 * A parameter is a text to MLflow, also where it is a number to a reader: `0.1` and `1e-1` differ.
 */
export function rangeOf(column: PlotColumn, scale: Scale, low: number, high: number): RangeFilter | null {
  if (isMeasured(column.name)) {
    const number = scale.numberAt;
    return number && { column: column.name, low: number(low), high: number(high) };
  }
  const inside = scale.places.flatMap((place, row) =>
    place !== null && place >= low && place <= high ? [column.texts[row] ?? ""] : [],
  );
  const values = [...new Set(inside)];
  return values.length ? { column: column.name, values } : null;
}

function completeOf({ columns, runs }: PlotSubject): number[] {
  const has = (column: PlotColumn, row: number) =>
    column.isNumber ? column.numbers[row] !== null : column.texts[row] !== "";
  return runs.flatMap((_, row) => (columns.every((column) => has(column, row)) ? [row] : []));
}

/** A colour between those of the lowest and the highest. */
export function colourAt(place: number): string {
  const at = Math.min(Math.max(place, 0), 1) * (COLOURS.length - 1);
  const below = COLOURS[Math.floor(at)] ?? COLOURS[0];
  const above = COLOURS[Math.ceil(at)] ?? COLOURS[0];
  const share = at - Math.floor(at);
  const parts = [0, 1, 2].map((part) =>
    Math.round((below[part] ?? 0) + ((above[part] ?? 0) - (below[part] ?? 0)) * share)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${parts.join("")}`;
}

function cut(label: string, letters: number): string {
  return label.length > letters ? `${label.slice(0, letters - 1)}…` : label;
}
