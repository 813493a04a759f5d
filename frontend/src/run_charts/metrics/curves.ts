/** Curves of runs and of groups of runs, and how several of them come onto one axis. */

import type { Direction } from "../../runs_table/types";
import { Frame, type ArrowTable } from "../../shared/arrow";
import { tQuantile } from "./intervals";
import type { Spread } from "../panels/settings";

export interface Curve {
  /** The id of the run, or of the group. */
  readonly series: string;
  readonly x: readonly number[];
  /**
   * The value, or the last of a stretch of several; null is NaN, an infinity or none. Of a group it
   * is the mean of its runs.
   */
  readonly last: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** Of groups: the deviation between their runs, and how many runs have the point. */
  readonly std: readonly (number | null)[];
  readonly runs: readonly number[];
  readonly ofGroup: boolean;
  /** How many values were logged, and how many of them are NaN or infinite. */
  readonly logged: number;
  readonly nonfinite: number;
  /** Whether points stand for several values, whose range is a band. */
  readonly thinned: boolean;
}

/** The curves of each metric, in the order of the table. */
export function curvesOf(table: ArrowTable): Map<string, Curve[]> {
  const frame = new Frame(table);
  const found = new Map<string, Map<string, Growing>>();
  const ofGroups = frame.has("std");
  for (let at = 0; at < frame.length; at++) {
    const metric = frame.text("metric", at);
    const id = frame.text("series", at);
    let all = found.get(metric);
    if (all === undefined) found.set(metric, (all = new Map<string, Growing>()));
    let curve = all.get(id);
    if (curve === undefined) all.set(id, (curve = new Growing(id, ofGroups)));
    curve.add(frame, at);
  }
  return new Map([...found].map(([metric, all]) => [metric, [...all.values()]]));
}

class Growing implements Curve {
  readonly x: number[] = [];
  readonly last: (number | null)[] = [];
  readonly min: (number | null)[] = [];
  readonly max: (number | null)[] = [];
  readonly std: (number | null)[] = [];
  readonly runs: number[] = [];
  logged = 0;
  nonfinite = 0;
  thinned = false;

  constructor(
    readonly series: string,
    readonly ofGroup: boolean,
  ) {}

  add(frame: Frame, at: number): void {
    const count = frame.number("count", at) ?? 1;
    this.x.push(frame.number("x", at) ?? 0);
    const last = finite(frame.number("last", at));
    this.last.push(last);
    this.min.push(count > 1 ? finite(frame.number("min", at)) : last);
    this.max.push(count > 1 ? finite(frame.number("max", at)) : last);
    this.logged += count;
    this.nonfinite += frame.number("nonfinite", at) ?? 0;
    if (this.ofGroup) {
      this.std.push(frame.number("std", at));
      this.runs.push(count);
    } else this.thinned ||= count > 1;
  }
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** A line of a panel: values beside the x of all lines; undefined where it has no point. */
export type Line = (number | null | undefined)[];

/**
 * Several lines on the x that any of them has.
 *
 * Lines go on through `undefined`, where only others have a point, and break at `null`, which is a
 * value that cannot be drawn.
 */
export function align(
  lines: readonly { x: readonly number[]; y: readonly (number | null)[] }[],
): [number[], ...Line[]] {
  const all = [...new Set(lines.flatMap((line) => line.x))].sort((left, right) => left - right);
  const place = new Map(all.map((x, at) => [x, at]));
  const aligned = lines.map((line) => {
    const values: Line = new Array<undefined>(all.length).fill(undefined);
    line.x.forEach((x, at) => {
      values[place.get(x) ?? 0] = line.y[at] ?? null;
    });
    return values;
  });
  return [all, ...aligned];
}

/**
 * An exponential mean that starts without bias, as W&B's and TensorBoard's: 0 leaves all as it was.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let mean = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = mean * weight + (1 - weight) * value;
    seen += 1;
    return mean / (1 - weight ** seen);
  });
}

/** Each value as the best one up to there; a metric without a direction stays as it is. */
export function bestSoFar(
  values: readonly (number | null)[],
  direction: Direction,
): (number | null)[] {
  if (direction === "none") return [...values];
  const better = direction === "lower" ? Math.min : Math.max;
  let best: number | null = null;
  return values.map((value) => {
    if (value !== null) best = best === null ? value : better(best, value);
    return value === null ? null : best;
  });
}

export interface BandEdges {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/**
 * What is drawn around a line: of a run the range of each stretch, of a group how its runs differ.
 *
 * A single run has no deviation: the band is empty there.
 */
export function bandOf(curve: Curve, spread: Spread): BandEdges | null {
  if (!curve.ofGroup) return curve.thinned ? { low: curve.min, high: curve.max } : null;
  if (spread === "range") return { low: curve.min, high: curve.max };
  const reach = curve.std.map((std, at) => {
    const runs = curve.runs[at] ?? 0;
    if (std === null || runs < 2) return null;
    return spread === "deviation" ? std : (tQuantile(runs - 1) * std) / Math.sqrt(runs);
  });
  const edge = (sign: number) =>
    curve.last.map((mean, at) => {
      const away = reach[at] ?? null;
      return mean === null || away === null ? null : mean + sign * away;
    });
  return { low: edge(-1), high: edge(1) };
}

/** What a log axis can show; null for the rest. */
export function positive(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}
