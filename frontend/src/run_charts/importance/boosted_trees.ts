/**
 * Gradient-boosted regression trees over binned columns, for squared error.
 *
 * Friedman, "Greedy function approximation: a gradient boosting machine", 2001; splits are found in
 * histograms, as LightGBM and scikit-learn's HistGradientBoosting find them. Small and without chance:
 * the same runs give the same trees.
 */

import { MOST_BINS, type Bins } from "./bins";

const TREES = 80;
const DEPTH = 3;
const RATE = 0.1;
/** A leaf of fewer rows says more of these rows than of the column. */
const FEWEST_IN_LEAF = 3;

/** A full binary tree: node `n` has the children 2n + 1 and 2n + 2. A leaf splits by no column. */
interface Tree {
  readonly column: Int16Array;
  /** The highest bin that goes to the left. */
  readonly bin: Uint8Array;
  readonly value: Float64Array;
}

const NODES = 2 ** (DEPTH + 1) - 1;
const LEAF = -1;

export class BoostedTrees {
  private readonly trees: Tree[] = [];
  private readonly mean: number;

  /** Learns the target from the rows that are named. */
  constructor(columns: readonly Bins[], target: Float64Array, rows: readonly number[]) {
    this.mean = rows.reduce((sum, row) => sum + (target[row] ?? 0), 0) / Math.max(rows.length, 1);
    const left = Float64Array.from(target, (value) => value - this.mean);
    for (let round = 0; round < TREES; round += 1) {
      const tree = grow(columns, left, rows);
      this.trees.push(tree);
      for (const row of rows) left[row] = (left[row] ?? 0) - RATE * valueOf(tree, columns, row);
    }
  }

  /** What is expected of a row; `instead` has one column take the bin of another row. */
  expect(columns: readonly Bins[], row: number, instead?: { column: number; row: number }): number {
    let sum = 0;
    for (const tree of this.trees) sum += valueOf(tree, columns, row, instead);
    return this.mean + RATE * sum;
  }
}

function grow(columns: readonly Bins[], target: Float64Array, rows: readonly number[]): Tree {
  const tree: Tree = {
    column: new Int16Array(NODES).fill(LEAF),
    bin: new Uint8Array(NODES),
    value: new Float64Array(NODES),
  };
  const split = (node: number, own: readonly number[], depth: number): void => {
    const sum = own.reduce((total, row) => total + (target[row] ?? 0), 0);
    tree.value[node] = sum / own.length;
    const best = depth < DEPTH ? bestSplit(columns, target, own, sum) : null;
    if (best === null) return;
    tree.column[node] = best.column;
    tree.bin[node] = best.bin;
    const goesLeft = (row: number) => (columns[best.column]?.of[row] ?? 0) <= best.bin;
    split(2 * node + 1, own.filter(goesLeft), depth + 1);
    split(2 * node + 2, own.filter((row) => !goesLeft(row)), depth + 1);
  };
  if (rows.length) split(0, rows, 0);
  return tree;
}

/** The split after which the squares of both sides' sums, by their rows, are largest; null for none. */
function bestSplit(
  columns: readonly Bins[],
  target: Float64Array,
  rows: readonly number[],
  sum: number,
): { column: number; bin: number } | null {
  const sums = new Float64Array(MOST_BINS + 1);
  const counts = new Uint32Array(MOST_BINS + 1);
  let best: { column: number; bin: number } | null = null;
  let most = (sum * sum) / rows.length + 1e-12;
  columns.forEach(({ of, count }, column) => {
    sums.fill(0);
    counts.fill(0);
    for (const row of rows) {
      const bin = of[row] ?? 0;
      sums[bin] = (sums[bin] ?? 0) + (target[row] ?? 0);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    let [leftSum, leftCount] = [0, 0];
    for (let bin = 0; bin < count - 1; bin += 1) {
      leftSum += sums[bin] ?? 0;
      leftCount += counts[bin] ?? 0;
      const rightCount = rows.length - leftCount;
      if (leftCount < FEWEST_IN_LEAF || rightCount < FEWEST_IN_LEAF) continue;
      const gain = leftSum ** 2 / leftCount + (sum - leftSum) ** 2 / rightCount;
      if (gain > most) {
        most = gain;
        best = { column, bin };
      }
    }
  });
  return best;
}

function valueOf(
  tree: Tree,
  columns: readonly Bins[],
  row: number,
  instead?: { column: number; row: number },
): number {
  let node = 0;
  for (;;) {
    const column = tree.column[node] ?? LEAF;
    if (column === LEAF) return tree.value[node] ?? 0;
    const from = instead?.column === column ? instead.row : row;
    node = 2 * node + ((columns[column]?.of[from] ?? 0) <= (tree.bin[node] ?? 0) ? 1 : 2);
  }
}
