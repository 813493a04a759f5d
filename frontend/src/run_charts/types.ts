/** What Python gives to the charts and what they give back (ml_studio/run_charts.py). */

import type { ArrowTable } from "../shared/arrow";

export const AXES = ["step", "relative", "time"] as const;
export type Axis = (typeof AXES)[number];

export const AXIS_NAMES: Readonly<Record<Axis, string>> = {
  step: "Step",
  relative: "Elapsed",
  time: "Clock",
};

export interface RunName {
  readonly id: string;
  readonly name: string;
}

export interface ChartsData {
  /** Points as the reading room answers: run_id, metric, x, last, min, max, count, nonfinite. */
  readonly curves: ArrowTable;
  /** The same text says that these are the same curves, though they were sent again. */
  readonly version: string;
  /** What `x` of the curves is. */
  readonly axis: Axis;
  readonly runs: readonly RunName[];
  /** All metrics of the runs, whether or not their curves were read. */
  readonly metrics: readonly string[];
  /** Metrics whose curves were read, also where a run had no point. */
  readonly read: readonly string[];
  readonly label: string;
  /** Ticked runs, of which those that were read are drawn; all where none is ticked. */
  readonly selection: readonly string[];
}

/** What Python needs to know to read what is missing. */
export interface Wanted {
  readonly axis: Axis;
  readonly metrics: readonly string[];
}
