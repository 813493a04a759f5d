/** Where values stand on an axis, from 0 to 1, and what is said at its ticks. */

import { exact, duration, moment } from "../../shared/numbers";
import { byName } from "../../shared/names";
import { short } from "../metrics/axes";
import type { PlotColumn } from "./columns";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Scale {
  readonly ticks: readonly Tick[];
  /** The place of each run; null where it has no value. */
  readonly places: readonly (number | null)[];
  /** The place of a number; null on an axis of texts. */
  readonly placeOf: ((value: number) => number) | null;
  /** The number at a place; null on an axis of texts. */
  readonly numberAt: ((place: number) => number) | null;
  /** The texts of the axis; none on one of numbers. */
  readonly texts: readonly string[];
}

/** Positive values over more than so many times are on a log axis: learning rates, sizes. */
const WIDE = 100;
const TICKS = 5;
/** More texts than this are not written at an axis. */
const MOST_TEXTS = 24;
const MARGIN = 0.04;

export function scaleOf(column: PlotColumn): Scale {
  return column.isNumber ? ofNumbers(column) : ofTexts(column);
}

function ofNumbers({ numbers, name }: PlotColumn): Scale {
  const present = numbers.filter((value) => value !== null);
  const low = present.reduce((least, value) => Math.min(least, value), Infinity);
  const high = present.reduce((most, value) => Math.max(most, value), -Infinity);
  const isLog = low > 0 && high / low >= WIDE && name !== "start";
  const [to, from] = isLog ? [Math.log10, (value: number) => 10 ** value] : [same, same];
  const [first, last] = present.length ? [to(low), to(high)] : [0, 1];
  // A single value stands in the middle.
  const pad = last > first ? (last - first) * MARGIN : Math.abs(first) * 0.1 || 1;
  const start = first - pad;
  const span = last + pad - start;
  const at = (value: number) => (to(value) - start) / span;
  const values = isLog ? powers(first, last) : rounded(first, last);
  return {
    ticks: values.map((value) => ({ at: at(value), label: labelOf(name, value) })),
    places: numbers.map((value) => (value === null ? null : at(value))),
    placeOf: at,
    numberAt: (place) => from(start + place * span),
    texts: [],
  };
}

function ofTexts({ texts }: PlotColumn): Scale {
  const all = [...new Set(texts.filter((text) => text !== ""))].sort(byName);
  const place = new Map(all.map((text, at) => [text, (at + 0.5) / all.length]));
  const each = Math.ceil(all.length / MOST_TEXTS);
  const ticks = all.flatMap((label, at) => (at % each ? [] : [{ at: place.get(label) ?? 0, label }]));
  return { ticks, places: texts.map((text) => place.get(text) ?? null), placeOf: null, numberAt: null, texts: all };
}

/** A number of a column in few letters: a time, a duration, or digits. */
export function labelOf(name: string, value: number): string {
  if (name === "seconds") return duration(value) || exact(value);
  return name === "start" ? moment(value) : short(value);
}

/** Round numbers between two ends. */
export function rounded(low: number, high: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const found: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at++) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}

/** Powers of ten between two ends, given as their exponents; the ends where there are too few. */
function powers(low: number, high: number): number[] {
  const found: number[] = [];
  for (let at = Math.ceil(low - 1e-9); at <= high + 1e-9; at++) found.push(10 ** at);
  return found.length > 1 ? found : [10 ** low, 10 ** high];
}

function same(value: number): number {
  return value;
}
