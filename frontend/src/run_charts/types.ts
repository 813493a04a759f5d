/** What Python gives to the charts and what they give back (ml_studio/run_charts.py). */

import type { Direction } from "../runs_table/types";
import type { ArrowTable } from "../shared/arrow";

export const AXES = ["step", "relative", "time"] as const;
export type Axis = (typeof AXES)[number];

export const AXIS_NAMES: Readonly<Record<Axis, string>> = {
  step: "Step",
  relative: "Elapsed",
  time: "Clock",
};

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A column that a panel may be about; of texts some are numbers to a reader. */
export interface ColumnName {
  readonly name: string;
  readonly number: boolean;
}

export interface ChartsData {
  /** Points: series, metric, x, last, min, max, count, nonfinite; of groups std too. */
  readonly curves: ArrowTable;
  /** The same text says that these are the same curves, though they were sent again. */
  readonly version: string;
  /** The runs that may be drawn, in the order of the table: run_id, run_name, columns of panels. */
  readonly rows: ArrowTable;
  readonly rows_version: string;
  /** What `x` of the curves is. */
  readonly axis: Axis;
  /** What is drawn instead of runs; null where runs are not grouped. */
  readonly groups: readonly Named[] | null;
  /** All metrics of the runs, whether or not their curves were read. */
  readonly metrics: readonly string[];
  /** Metrics whose curves were read, also where a run had no point. */
  readonly read: readonly string[];
  readonly columns: readonly ColumnName[];
  /** Which values of a metric are good, where a person said so against its name. */
  readonly best: Readonly<Record<string, Direction>>;
  readonly label: string;
  /** What the charts leave out; empty for nothing. */
  readonly note: string;
  /** Ticked runs, of which the first are drawn; the first of all where none is ticked. */
  readonly selection: readonly string[];
  readonly most: number;
  readonly most_at_first: number;
  /** The arrangement in the address (arrangement.ts), taken where its stamp is another. */
  readonly charts: string;
  /** The table's part of the width, in percent. */
  readonly split: number;
  readonly view_stamp: number;
}

/** What Python needs to know to read what is missing. */
export interface Wanted {
  readonly axis: Axis;
  readonly metrics: readonly string[];
  readonly columns: readonly string[];
}

/** A wish for the runs whose value in a column is in a range, or is one of some texts. */
export interface RangeFilter {
  readonly column: string;
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly string[];
}
