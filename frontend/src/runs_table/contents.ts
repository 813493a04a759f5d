/** The data of the table: its frame, which columns are in it, and the rows as they are shown. */

import { type Column, Frame, type Value } from "../shared/arrow";
import { list, nest, type Row, sort } from "./rows";
import { ColumnStatistics } from "./statistics";
import type { ColumnSpec, SortTerm, TableData } from "./types";

/** Rows that decide how wide a column is at first. */
const LOOKED_AT = 200;
const NOTHING: Column = { length: 0, at: () => null };

export class Contents {
  frame: Frame;
  rows: readonly Row[] = [];
  /** Whether any row has rows below it. */
  nested = false;
  /** The row of the first baseline in the frame, from which differences are told. */
  baseAt: number | undefined;
  private specs = new Map<string, ColumnSpec>();
  private statistics = new Map<string, ColumnStatistics>();
  private version: string;

  constructor(data: TableData) {
    this.frame = new Frame(data.frame);
    this.version = data.version;
    this.takeColumns(data);
  }

  /** Takes over data; the answer is whether its frame is another one. */
  take(data: TableData): boolean {
    this.takeColumns(data);
    if (data.version === this.version) return false;
    this.version = data.version;
    this.frame = new Frame(data.frame);
    this.statistics.clear();
    return true;
  }

  /** Puts the rows into their order: sorted, or children below their parents. */
  arrange(terms: readonly SortTerm[], closed: ReadonlySet<string>, whole: boolean): void {
    this.rows = terms.length ? list(this.frame) : nest(this.frame, closed);
    // Of a part of the runs the API knows the order, here a whole table is sorted at once.
    if (terms.length && whole) this.rows = sort(this.rows, terms, (id) => this.values(id));
    this.nested = this.rows.some((row) => row.children > 0);
  }

  /** The rows of the baselines that are in the frame; the first is what differences are told from. */
  baselines(ids: readonly string[]): Row[] {
    const found = ids.flatMap((id) => {
      const row = this.row(id);
      return row ? [{ ...row, depth: 0, children: 0 }] : [];
    });
    this.baseAt = found[0]?.at;
    return found;
  }

  spec(id: string): ColumnSpec | undefined {
    return this.specs.get(id);
  }

  columns(): ColumnSpec[] {
    return [...this.specs.values()];
  }

  /** Those of the columns whose values were read, the name before all others. */
  loaded(order: readonly string[]): ColumnSpec[] {
    const found = order.flatMap((id) => {
      const spec = this.specs.get(id);
      return spec && this.frame.has(spec.field) ? [spec] : [];
    });
    // Without its name no run can be opened, whatever a view says.
    return found.sort((left, right) => Number(right.kind === "name") - Number(left.kind === "name"));
  }

  values(id: string): Column | null {
    const spec = this.specs.get(id);
    return spec && this.frame.has(spec.field) ? this.frame.column(spec.field) : null;
  }

  value(id: string, at: number): Value {
    return this.values(id)?.at(at) ?? null;
  }

  statisticsOf(id: string): ColumnStatistics {
    let found = this.statistics.get(id);
    if (found === undefined) {
      found = new ColumnStatistics(this.values(id) ?? NOTHING);
      this.statistics.set(id, found);
    }
    return found;
  }

  /** How many signs the longest of the first values of a column has. */
  longest(column: ColumnSpec): number {
    let most = 0;
    for (let at = 0; at < Math.min(this.frame.length, LOOKED_AT); at++) {
      most = Math.max(most, this.frame.text(column.field, at).length);
    }
    return most;
  }

  /** A row by its run, also one whose parent is closed. */
  row(id: string): Row | undefined {
    return this.rows.find((row) => row.id === id) ?? list(this.frame).find((row) => row.id === id);
  }

  shownIds(): string[] {
    return this.rows.map((row) => row.id);
  }

  /** How many of the runs in the frame are ticked: a filter may hide others, which stay so. */
  count(isTicked: (id: string) => boolean): number {
    let count = 0;
    for (let at = 0; at < this.frame.length; at++) {
      if (isTicked(this.frame.text("run_id", at))) count += 1;
    }
    return count;
  }

  private takeColumns(data: TableData): void {
    this.specs = new Map(data.columns.map((column) => [column.id, column]));
  }
}
