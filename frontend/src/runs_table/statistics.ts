/** What is said of a column as a whole: its range, its best value, whether its runs differ. */

import type { Column } from "../shared/arrow";
import { fractionOf } from "../shared/numbers";
import type { Direction } from "./types";

export interface Range {
  readonly min: number;
  readonly max: number;
}

// Whole words of a metric's name, such as val_loss or test/RMSE.
const LOWER = new Set(
  "loss error err mae mse rmse mape smape rmsle nll perplexity ppl cost regret fid wer cer latency logloss brier deviance".split(
    " ",
  ),
);

/** Which values of a metric are good, by the words of its name. */
export function directionOf(metric: string): Direction {
  const words = metric
    .replace(/^metrics\./, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
  if (/^(metrics\.)?system\//.test(metric) || words.includes("epoch")) return "none";
  return words.some((word) => LOWER.has(word)) ? "lower" : "higher";
}

export class ColumnStatistics {
  private found: Range | null | undefined;
  private digits: number | undefined;
  private differing: boolean | undefined;

  constructor(private readonly column: Column) {}

  /** The lowest and highest finite number; null where there is none. */
  get range(): Range | null {
    if (this.found === undefined) this.found = rangeOf(this.column);
    return this.found;
  }

  /** Digits after the point that the column's numbers need. */
  get fraction(): number {
    this.digits ??= fractionOf(valuesOf(this.column));
    return this.digits;
  }

  /** Whether two runs have different values; one that has none differs from one that has. */
  get differs(): boolean {
    this.differing ??= differs(this.column);
    return this.differing;
  }

  /** Whether a value is the best of its column. One that all runs share is none. */
  isBest(value: unknown, direction: Direction): boolean {
    const range = this.range;
    if (direction === "none" || range === null || range.min === range.max) return false;
    return value === (direction === "lower" ? range.min : range.max);
  }

  /** Where a value lies between the lowest (0) and the highest (1); null outside a range. */
  share(value: unknown): number | null {
    const range = this.range;
    if (typeof value !== "number" || !Number.isFinite(value) || range === null) return null;
    const span = range.max - range.min;
    return span > 0 && Number.isFinite(span) ? (value - range.min) / span : null;
  }
}

function* valuesOf(column: Column) {
  for (let at = 0; at < column.length; at++) yield column.at(at);
}

function rangeOf(column: Column): Range | null {
  let min = Infinity;
  let max = -Infinity;
  for (const value of valuesOf(column)) {
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : null;
}

function differs(column: Column): boolean {
  const first = column.length ? column.at(0) : null;
  // NaN is the same as NaN here, which === denies.
  for (const value of valuesOf(column)) if (!Object.is(value, first)) return true;
  return false;
}
