/**
 * What a kind of panel is: one module that draws some columns of the runs.
 *
 * docs/how-to/add-a-panel-kind.md shows how another one is added.
 */

import type { Drawing, Size } from "../panels/drawing";
import type { RangeFilter } from "../types";
import type { PlotColumn } from "./columns";

/** A column that a person chooses for a panel. */
export interface Field {
  readonly label: string;
  /** Whether only numbers can be drawn there. */
  readonly number: boolean;
  /** Whether several can be chosen; only the last field may say so. */
  readonly many?: boolean;
  /** The family that all are chosen of before somebody chooses, such as `params.`. */
  readonly first?: string;
}

export interface PlotRun {
  readonly id: string;
  readonly name: string;
}

export interface PlotSubject {
  readonly runs: readonly PlotRun[];
  /** The columns that were chosen, with a value for each run. */
  readonly columns: readonly PlotColumn[];
  /** Ticked runs, drawn strongly; none for all. */
  readonly ticked: ReadonlySet<string>;
}

export interface PlotHost {
  hovered(id: string | null): void;
  /** Has the table show only the runs in these ranges. */
  filter(ranges: readonly RangeFilter[]): void;
}

export interface PlotKind {
  /** Its word in the address, which never changes. */
  readonly name: string;
  /** What the menu calls it. */
  readonly title: string;
  readonly fields: readonly Field[];
  /** The title of a panel of these columns, where it is not `loss by lr`. */
  readonly heading?: (labels: readonly string[]) => string;
  /** Draws into an empty place, or says in a sentence why nothing can be drawn. */
  draw(place: HTMLElement, subject: PlotSubject, host: PlotHost, size: Size): Drawing | string;
}
