/** Curves of runs, and how several of them come onto one axis. */

import { Frame, type ArrowTable } from "../shared/arrow";

export interface Curve {
  readonly runId: string;
  readonly x: readonly number[];
  /** The value, or the last of a stretch of several; null is NaN, an infinity or none. */
  readonly last: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** How many values were logged, and how many of them are NaN or infinite. */
  readonly logged: number;
  readonly nonfinite: number;
  /** Whether points stand for several values, whose range is a band. */
  readonly thinned: boolean;
}

/** The curves of each metric, in the order of the runs in the table. */
export function curvesOf(table: ArrowTable): Map<string, Curve[]> {
  const frame = new Frame(table);
  const found = new Map<string, Map<string, Growing>>();
  for (let at = 0; at < frame.length; at++) {
    const metric = frame.text("metric", at);
    const runId = frame.text("run_id", at);
    let runs = found.get(metric);
    if (runs === undefined) found.set(metric, (runs = new Map<string, Growing>()));
    let curve = runs.get(runId);
    if (curve === undefined) runs.set(runId, (curve = new Growing(runId)));
    curve.add(frame, at);
  }
  return new Map([...found].map(([metric, runs]) => [metric, [...runs.values()]]));
}

class Growing implements Curve {
  readonly x: number[] = [];
  readonly last: (number | null)[] = [];
  readonly min: (number | null)[] = [];
  readonly max: (number | null)[] = [];
  logged = 0;
  nonfinite = 0;
  thinned = false;

  constructor(readonly runId: string) {}

  add(frame: Frame, at: number): void {
    const count = frame.number("count", at) ?? 1;
    this.x.push(frame.number("x", at) ?? 0);
    const last = finite(frame.number("last", at));
    this.last.push(last);
    this.min.push(count > 1 ? finite(frame.number("min", at)) : last);
    this.max.push(count > 1 ? finite(frame.number("max", at)) : last);
    this.logged += count;
    this.nonfinite += frame.number("nonfinite", at) ?? 0;
    this.thinned ||= count > 1;
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

/** What a log axis can show; null for the rest. */
export function positive(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}
