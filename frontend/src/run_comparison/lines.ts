/** The lines of a comparison: what each run has of a parameter, metric, tag or attribute. */

import { ColumnStatistics, directionOf } from "../runs_table/statistics";
import type { ColumnSpec, Direction } from "../runs_table/types";
import type { Frame, Value } from "../shared/arrow";

export type Section = "Parameters" | "Metrics" | "Tags" | "Attributes";

export interface Line {
  readonly section: Section;
  readonly spec: ColumnSpec;
  readonly statistics: ColumnStatistics;
  readonly direction: Direction;
  at(run: number): Value;
}

/** A line, or the title over those of a section. */
export type Row = Line | { readonly section: Section; readonly count: number };

const SECTIONS: Readonly<Record<ColumnSpec["group"], Section>> = {
  params: "Parameters",
  metrics: "Metrics",
  tags: "Tags",
  run: "Attributes",
  attributes: "Attributes",
};
const ORDER: readonly Section[] = ["Parameters", "Metrics", "Tags", "Attributes"];

export function linesOf(
  frame: Frame,
  columns: readonly ColumnSpec[],
  best: Readonly<Record<string, Direction>>,
): Line[] {
  return columns
    .filter((spec) => spec.kind !== "name" && frame.has(spec.field))
    .map((spec) => {
      const column = frame.column(spec.field);
      return {
        section: SECTIONS[spec.group],
        spec,
        statistics: new ColumnStatistics(column),
        direction: spec.group === "metrics" ? (best[spec.id] ?? directionOf(spec.id)) : "none",
        at: (run) => column.at(run),
      };
    });
}

/** The lines to draw, below the titles of their sections; an empty section has no title. */
export function rowsOf(lines: readonly Line[], onlyDiffering: boolean, search: string): Row[] {
  const wanted = search.trim().toLowerCase();
  const shown = lines.filter(
    (line) =>
      (!onlyDiffering || line.statistics.differs) &&
      (!wanted || line.spec.label.toLowerCase().includes(wanted)),
  );
  return ORDER.flatMap((section) => {
    const found = shown.filter((line) => line.section === section);
    return found.length ? [{ section, count: found.length }, ...found] : [];
  });
}

export function isLine(row: Row): row is Line {
  return "spec" in row;
}
