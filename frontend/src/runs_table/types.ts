/** What Python gives to the table and what the table gives back (ml_studio/runs_table.py). */

import type { ArrowTable } from "../shared/arrow";
import type { LinkTarget } from "../shared/links";

export const GROUPS = ["run", "metrics", "params", "tags", "attributes"] as const;
export type Group = (typeof GROUPS)[number];

export const GROUP_NAMES: Readonly<Record<Group, string>> = {
  run: "Run",
  metrics: "Metrics",
  params: "Parameters",
  tags: "Tags",
  attributes: "Attributes",
};

/** How the cells of a column are drawn: cells.ts has a row for each kind. */
export type Kind = "name" | "text" | "number" | "status" | "time" | "duration" | "count";

export interface ColumnSpec {
  /** The column's name in views and addresses. */
  readonly id: string;
  /** The column of the frame that holds its values; it may be missing until it was read. */
  readonly field: string;
  readonly label: string;
  readonly group: Group;
  readonly kind: Kind;
  /** Whether runs can be grouped by it. */
  readonly groupable: boolean;
  /** Whether the runs have several values of it. */
  readonly differs: boolean;
}

export type Direction = "higher" | "lower" | "none";
export type Shading = "none" | "heat" | "bars";
/** What stands beside the mean of a group. */
export type Spread = "std" | "interval" | "range";

export interface SortTerm {
  readonly by: string;
  readonly ascending: boolean;
}

export interface ViewColumn {
  readonly id: string;
  readonly width?: number;
  readonly pinned?: boolean;
}

/** How the table is arranged: what a link to it holds. */
export interface View {
  readonly columns: readonly ViewColumn[];
  readonly sort: readonly SortTerm[];
  readonly baselines: readonly string[];
  readonly only_differing: boolean;
  readonly shading: Shading;
  readonly best: Readonly<Record<string, Direction>>;
  /** The columns that runs are grouped by. */
  readonly group: readonly string[];
  readonly spread: Spread;
}

/** Asks for the runs that have this value in a column, or those that have another. */
export interface ValueFilter {
  readonly column: string;
  /** The value as it was logged; null for none. */
  readonly value: string | number | null;
  readonly same: boolean;
}

export interface TableData {
  readonly frame: ArrowTable;
  /** The same text says that it is the same frame, though it was sent again. */
  readonly version: string;
  readonly columns: readonly ColumnSpec[];
  readonly link: LinkTarget;
  readonly label: string;
  /** How many runs there are, `10000+` for more than that. */
  readonly total: string;
  /** Whether more runs can be read. Only a whole table is sorted here. */
  readonly more: boolean;
  readonly height: number;
  /** So many rows at the beginning of the frame are groups; the others are runs of them. */
  readonly groups: number;
  /** What the frame is grouped by, which the view may be ahead of. */
  readonly grouped_by: readonly string[];
  readonly most_grouped: number;
  readonly view: View;
  /** Another number says: take `view`, whatever is shown. */
  readonly view_stamp: number;
  readonly selection: readonly string[];
  readonly selection_stamp: number;
}
