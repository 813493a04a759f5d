/** What stands at the ticks of an x axis: round steps, spans of time, or moments of a clock. */

import type uPlot from "uplot";
import { duration, exact, grouped, moment } from "../../shared/numbers";
import type { Axis } from "../types";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spans that a reader of clocks takes for round. */
const ROUND = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * DAY),
];

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export interface AxisLabels {
  readonly incrs?: uPlot.Axis.Incrs;
  readonly space?: number;
  /** What stands at the ticks; numbers where it does not say. */
  readonly values?: (splits: number[]) => string[];
}

export const AXIS_LABELS: Readonly<Record<Axis, AxisLabels>> = {
  step: {},
  relative: { incrs: ROUND, values: spans },
  time: { space: 70, values: moments },
};

/** Numbers at the ticks; a log axis leaves some without a label. */
export function numbers(splits: readonly (number | null)[]): string[] {
  return splits.map((split) => (split === null ? "" : short(split)));
}

/** Ticks are round numbers of the axis, so few digits say them exactly. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return exact(Number(value.toPrecision(8)));
}

/** What a place on the axis is called. */
export function pointLabel(axis: Axis, x: number): string {
  if (axis === "step") return `Step ${grouped(x)}`;
  return axis === "relative" ? duration(x) || "0 s" : moment(x);
}

/** Durations of one unit where that is enough: `2 h`, not `2 h 0 min`. */
export function spans(splits: readonly number[]): string[] {
  return splits.map((split) =>
    split === 0 ? "0" : duration(split).replace(/ 0 (?:min|s|h)$/, ""),
  );
}

/** Times of day, and the date where another day begins. */
export function moments(splits: readonly number[]): string[] {
  const [first = 0, second = first] = splits;
  const step = second - first;
  let day = "";
  return splits.map((split) => {
    const date = DATE.format(split);
    if (step >= DAY) return date;
    const time = (step < MINUTE ? SECONDS : TIME).format(split);
    if (date === day) return time;
    day = date;
    return `${date}, ${time}`;
  });
}
