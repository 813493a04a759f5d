/** What Python gives to the comparison and what it gives back (ml_studio/run_comparison.py). */

import type { ColumnSpec, Direction } from "../runs_table/types";
import type { ArrowTable } from "../shared/arrow";

/** Whether every line is shown, or those in which two runs differ. */
export const LINES = ["differing", "all"] as const;
export type Lines = (typeof LINES)[number];

export interface ComparisonData {
  /** A row for each run, in the order of the columns; `project` says where it is. */
  readonly frame: ArrowTable;
  /** The same text says that it is the same frame, though it was sent again. */
  readonly version: string;
  readonly columns: readonly ColumnSpec[];
  /** The page of a run. */
  readonly page: string;
  readonly label: string;
  readonly lines: Lines;
  /** Which values of a metric are good, where it is not said by its name. */
  readonly best: Readonly<Record<string, Direction>>;
  /** The most that it takes of the page, in pixels. */
  readonly height: number;
}
