/** The statistics of a metric over the runs of a group, as a cell shows them and as it says them. */

import type { Frame, Value } from "../../shared/arrow";
import { exact } from "../../shared/numbers";
import type { Spread } from "../types";

/** What a group has beside its mean (ml_studio/runs_table.py); null where there are too few values. */
export const STATISTICS = ["std", "low", "high", "min", "max", "median", "count", "nan"] as const;
export type GroupStatistics = Readonly<Record<(typeof STATISTICS)[number], number | null>>;

/** Digits of a deviation: more of them are noise. */
const DIGITS = 2;
/** Digits of a mean whose deviation is no guide. */
const MEAN_DIGITS = 6;

export function groupStatistics(frame: Frame, field: string, at: number): GroupStatistics {
  const read = (name: string) =>
    frame.has(`${field}~${name}`) ? frame.number(`${field}~${name}`, at) : null;
  return Object.fromEntries(STATISTICS.map((name) => [name, read(name)])) as GroupStatistics;
}

/** A mean with as many digits as its spread makes sense of; one value alone stands as it was logged. */
export function meanAndSpread(
  mean: Value,
  statistics: GroupStatistics,
  spread: Spread,
): { mean: string; spread: string } {
  const { std, low, high, min, max, count, nan } = statistics;
  // Means leave NaN out; where there is nothing else it is what was logged.
  if (mean === null && nan) return { mean: "NaN", spread: "" };
  if (typeof mean !== "number" || !Number.isFinite(mean) || count === 1) {
    return { mean: exact(mean), spread: "" };
  }
  if (spread === "range") {
    if (min === null || max === null) return { mean: shortened(mean), spread: "" };
    return { mean: shortened(mean), spread: `${exact(min)} – ${exact(max)}` };
  }
  if (std === null || !Number.isFinite(std)) return { mean: shortened(mean), spread: "" };
  if (std === 0) return { mean: exact(mean), spread: "± 0" };
  const fraction = fractionOf(std);
  if (fraction === null) return { mean: shortened(mean), spread: `± ${shortened(std)}` };
  const rounded = (value: number) => value.toFixed(fraction);
  if (spread === "interval") {
    const known = low !== null && high !== null;
    return { mean: rounded(mean), spread: known ? `${rounded(low)} – ${rounded(high)}` : "" };
  }
  return { mean: rounded(mean), spread: `± ${rounded(std)}` };
}

/** Every statistic with all its digits, as it is said on hover, under the cursor and when copied. */
export function describeGroup(mean: Value, statistics: GroupStatistics): string {
  const { std, low, high, min, max, median, count, nan } = statistics;
  const parts = mean === null ? [] : [`mean ${exact(mean)}`];
  if (std !== null) parts.push(`deviation ${exact(std)}`);
  if (low !== null && high !== null) parts.push(`95 % interval ${exact(low)} to ${exact(high)}`);
  if (min !== null && max !== null) parts.push(`${exact(min)} to ${exact(max)}`);
  if (median !== null) parts.push(`median ${exact(median)}`);
  if (count !== null) parts.push(`${count} ${count === 1 ? "value" : "values"}`);
  if (nan) parts.push(`${nan} NaN`);
  return parts.join(", ");
}

/** The digits after the point that show two digits of a deviation; null where powers of ten do. */
function fractionOf(std: number): number | null {
  const magnitude = Math.floor(Math.log10(std));
  const fraction = DIGITS - 1 - magnitude;
  return fraction > 8 || fraction < -6 ? null : Math.max(fraction, 0);
}

function shortened(value: number): string {
  return exact(Number(value.toPrecision(MEAN_DIGITS)));
}
