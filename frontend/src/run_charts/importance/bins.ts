/**
 * Columns as few whole numbers, as trees split them: numbers by quantiles, texts by what they mean.
 *
 * A text has no order of its own. As LightGBM does, its values are put into the order of the mean that
 * the target has where they stand, in the rows that are learned from only: then one split divides the
 * better values from the worse.
 */

import type { PlotColumn } from "../plots/columns";

export const MOST_BINS = 32;
/** The bin of a run that has no value. */
const MISSING = 0;

/** The bin of each row; `count` is one more than the highest. */
export interface Bins {
  readonly of: Uint8Array;
  readonly count: number;
}

export function binsOf(column: PlotColumn, target: Float64Array, learned: readonly number[]): Bins {
  return column.isNumber ? binsOfNumbers(column.numbers, learned) : binsOfTexts(column.texts, target, learned);
}

function binsOfNumbers(numbers: readonly (number | null)[], learned: readonly number[]): Bins {
  const known = learned.flatMap((row) => numbers[row] ?? []).sort((left, right) => left - right);
  const edges: number[] = [];
  for (let part = 1; part < MOST_BINS - 1; part += 1) {
    const edge = known[Math.floor((part * known.length) / (MOST_BINS - 1))];
    if (edge !== undefined && edge !== edges.at(-1) && edge !== known[0]) edges.push(edge);
  }
  const of = Uint8Array.from(numbers, (value) => (value === null ? MISSING : 1 + countUpTo(edges, value)));
  return { of, count: edges.length + 2 };
}

/** How many of the sorted edges are not above a value. */
function countUpTo(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function binsOfTexts(texts: readonly string[], target: Float64Array, learned: readonly number[]): Bins {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const row of learned) {
    const text = texts[row] ?? "";
    if (text === "") continue;
    const known = sums.get(text) ?? { sum: 0, count: 0 };
    sums.set(text, { sum: known.sum + (target[row] ?? 0), count: known.count + 1 });
  }
  // The commonest values have a bin each; what is rare, or was never seen, shares the last one.
  const common = [...sums].sort(([, left], [, right]) => right.count - left.count).slice(0, MOST_BINS - 2);
  common.sort(([, left], [, right]) => left.sum / left.count - right.sum / right.count);
  const bins = new Map(common.map(([text], at) => [text, at + 1]));
  const others = common.length + 1;
  return { of: Uint8Array.from(texts, (text) => (text === "" ? MISSING : (bins.get(text) ?? others))), count: others + 1 };
}
