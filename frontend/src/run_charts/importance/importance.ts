/**
 * Which parameters a metric depends on: by how much a model of it gets worse without each of them.
 *
 * Permutation importance (Breiman, "Random forests", 2001) of boosted trees, in five parts: each part
 * of the runs is foretold by trees that have learned from the other four, once as it is, and with one
 * parameter's values exchanged between its runs. What R² loses by that is the parameter's importance.
 * Parameters that go together share theirs, as no model can tell them apart.
 */

import type { PlotColumn } from "../plots/columns";
import { binsOf } from "./bins";
import { BoostedTrees } from "./boosted_trees";

const PARTS = 5;
const EXCHANGES = 3;
/** More runs than this would keep a person waiting: so many are taken, evenly over all. */
export const MOST_RUNS = 2_000;

export interface Importance {
  readonly column: PlotColumn;
  /** By how much R² falls; near 0 for what does not matter. */
  readonly loss: number;
  /** Spearman's rank correlation with the metric, from -1 to 1; null for texts. */
  readonly correlation: number | null;
}

export interface Importances {
  /** The share of the metric's variance that is foretold, of runs that were not learned from; at most 1. */
  readonly r2: number;
  readonly runs: number;
  /** The most important first. */
  readonly of: readonly Importance[];
}

/** null where the metric cannot be explained: of fewer than ten runs, or where it is the same in all. */
export function importancesOf(metric: PlotColumn, columns: readonly PlotColumn[]): Importances | null {
  const all = metric.numbers.flatMap((value, row) => (value === null ? [] : [row]));
  const each = Math.max(all.length / MOST_RUNS, 1);
  const rows = Array.from({ length: Math.floor(all.length / each) }, (_, at) => all[Math.floor(at * each)] ?? 0);
  const target = Float64Array.from(metric.numbers, (value) => value ?? 0);
  if (rows.length < 2 * PARTS || rows.every((row) => target[row] === target[rows[0] ?? 0])) return null;
  const random = generator();
  const shuffled = shuffle(rows, random);
  const losses = columns.map(() => 0);
  let [wrong, spread] = [0, 0];
  const mean = rows.reduce((sum, row) => sum + (target[row] ?? 0), 0) / rows.length;
  for (let part = 0; part < PARTS; part += 1) {
    const held = shuffled.filter((_, at) => at % PARTS === part);
    const learned = shuffled.filter((_, at) => at % PARTS !== part);
    const bins = columns.map((column) => binsOf(column, target, learned));
    const trees = new BoostedTrees(bins, target, learned);
    const square = (row: number, expected: number) => ((target[row] ?? 0) - expected) ** 2;
    const asTheyAre = held.reduce((sum, row) => sum + square(row, trees.expect(bins, row)), 0);
    wrong += asTheyAre;
    spread += held.reduce((sum, row) => sum + square(row, mean), 0);
    columns.forEach((_, column) => {
      for (let time = 0; time < EXCHANGES; time += 1) {
        const others = shuffle(held, random);
        const exchanged = held.reduce(
          (sum, row, at) => sum + square(row, trees.expect(bins, row, { column, row: others[at] ?? row })),
          0,
        );
        losses[column] = (losses[column] ?? 0) + (exchanged - asTheyAre) / EXCHANGES;
      }
    });
  }
  const of = columns.map((column, at) => ({
    column,
    loss: (losses[at] ?? 0) / spread,
    correlation: column.isNumber ? rankCorrelation(column.numbers, metric.numbers, rows) : null,
  }));
  of.sort((left, right) => right.loss - left.loss || left.column.label.localeCompare(right.column.label));
  return { r2: 1 - wrong / spread, runs: rows.length, of };
}

/** Spearman's correlation over the rows that have both; null where one of them is the same in all. */
export function rankCorrelation(
  one: readonly (number | null)[],
  other: readonly (number | null)[],
  rows: readonly number[],
): number | null {
  const both = rows.filter((row) => one[row] !== null && other[row] !== null);
  const [left, right] = [ranksOf(both.map((row) => one[row] ?? 0)), ranksOf(both.map((row) => other[row] ?? 0))];
  const middle = (both.length - 1) / 2;
  let [together, ofLeft, ofRight] = [0, 0, 0];
  left.forEach((rank, at) => {
    const [x, y] = [rank - middle, (right[at] ?? 0) - middle];
    together += x * y;
    ofLeft += x * x;
    ofRight += y * y;
  });
  return ofLeft && ofRight ? together / Math.sqrt(ofLeft * ofRight) : null;
}

/** The place of each value among the sorted ones; equal values share the middle of theirs. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at <= to; at += 1) ranks[order[at] ?? 0] = (from + to) / 2;
    from = to + 1;
  }
  return ranks;
}

function shuffle(rows: readonly number[], random: () => number): number[] {
  const made = [...rows];
  for (let at = made.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [made[at], made[other]] = [made[other] ?? 0, made[at] ?? 0];
  }
  return made;
}

/** Numbers from 0 to 1 that look like chance and are the same each time (mulberry32, by T. Ettinger). */
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
