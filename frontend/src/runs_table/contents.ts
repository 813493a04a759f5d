/** The data of the table: its frame, which columns are in it, and the rows as they are shown. */

import { type Column, Frame, type Value } from "../shared/arrow";
import { list, nest, type Row, sort, unfold } from "./rows";
import { ColumnStatistics } from "./statistics";
import type { ColumnSpec, SortTerm, TableData } from "./types";

/** The column of how many runs a group has. */
export const COUNT = "count";

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
  /** What the rows are grouped by; nothing where they are runs. */
  groupedBy: readonly string[] = [];
  private groups = 0;
  private byGroup = new Map<string, string[]>();
  private counts = new Map<string, number>();
  private specs = new Map<string, ColumnSpec>();
  private statistics = new Map<string, ColumnStatistics>();
  private version: string;
  /** The frame as it was read, without what became of its runs since. */
  private read: Frame;

  constructor(data: TableData) {
    this.read = this.frame = new Frame(data.frame);
    this.version = data.version;
    this.takeColumns(data);
    this.takeGroups(data);
  }

  /** Takes over data; the answer is whether its frame is another one. */
  take(data: TableData): boolean {
    this.takeColumns(data);
    if (data.version === this.version) return false;
    this.version = data.version;
    this.read = this.frame = new Frame(data.frame);
    this.statistics.clear();
    this.takeGroups(data);
    return true;
  }

  /**
   * Takes over what became of runs since they were read; no row moves.
   *
   * The answer is the columns that have another value somewhere.
   */
  renew(newer: Frame): string[] {
    const before = this.frame;
    this.frame = this.read.renewed(newer, "run_id");
    const places = new Map(list(newer).map((row) => [row.id, row.at]));
    const rows = list(before).flatMap((row) => {
      const place = places.get(row.id);
      return place === undefined ? [] : [[row.at, place] as const];
    });
    const changed = this.columns().filter(({ field }) => {
      if (!before.has(field) || !newer.has(field)) return false;
      const [old, now] = [before.column(field), newer.column(field)];
      return rows.some(([at, place]) => !Object.is(old.at(at), now.at(place)));
    });
    for (const { id } of changed) this.statistics.delete(id);
    return changed.map(({ id }) => id);
  }

  /** Whether what is told of the reading `of` is about this frame. */
  isOf(of: string): boolean {
    return of === this.version;
  }

  /** Puts the rows into their order: sorted, or children below their parents. */
  arrange(
    terms: readonly SortTerm[],
    closed: ReadonlySet<string>,
    opened: ReadonlySet<string>,
    whole: boolean,
  ): void {
    if (this.grouped) {
      this.rows = unfold(this.frame, this.groups, opened, (rows) =>
        terms.length ? sort(rows, terms, (id) => this.values(id)) : rows,
      );
      this.nested = true;
      return;
    }
    this.rows = terms.length ? list(this.frame) : nest(this.frame, closed);
    // Of a part of the runs the API knows the order, here a whole table is sorted at once.
    if (terms.length && whole) this.rows = sort(this.rows, terms, (id) => this.values(id));
    this.nested = this.rows.some((row) => row.children > 0);
  }

  get grouped(): boolean {
    return this.groupedBy.length > 0;
  }

  /** Whether a column belongs to groups: what they are grouped by, and how many runs they have. */
  isOfGroups(id: string): boolean {
    return this.grouped && (id === COUNT || this.groupedBy.includes(id));
  }

  /** The runs of a group that were read; none before that. */
  runsOf(group: string): readonly string[] {
    return this.byGroup.get(group) ?? [];
  }

  /** How many runs of a group are not here: only the first thousand of one are read. */
  missingOf(group: string): number {
    const here = this.runsOf(group).length;
    return here ? Math.max((this.counts.get(group) ?? 0) - here, 0) : 0;
  }

  groupIds(): string[] {
    return Array.from({ length: this.groups }, (_, at) => this.frame.text("run_id", at));
  }

  /** How many runs are in all groups. */
  groupedRuns(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The rows of the baselines that are in the frame; the first is what differences are told from. */
  baselines(ids: readonly string[]): Row[] {
    const found = ids.flatMap((id) => {
      const row = this.row(id);
      return row && !row.group ? [{ ...row, depth: 0, children: 0 }] : [];
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
    // Without its name no run can be opened, whatever a view says; what makes a group comes next.
    const place = ({ id, kind }: ColumnSpec) => {
      if (kind === "name") return 0;
      if (!this.isOfGroups(id)) return 3;
      return id === COUNT ? 2 : 1;
    };
    return found.sort((left, right) => place(left) - place(right));
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
      const values = this.values(id) ?? NOTHING;
      // Groups are compared with groups: the best run of one is no better than another's mean.
      found = new ColumnStatistics(this.grouped ? { ...values, length: this.groups } : values);
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
    return this.rows.flatMap((row) => (row.group ? [] : [row.id]));
  }

  /** How many of the runs in the frame are ticked: a filter may hide others, which stay so. */
  count(isTicked: (id: string) => boolean): number {
    let count = 0;
    for (let at = this.groups; at < this.frame.length; at++) {
      if (isTicked(this.frame.text("run_id", at))) count += 1;
    }
    return count;
  }

  private takeGroups(data: TableData): void {
    this.groupedBy = data.grouped_by;
    this.groups = data.groups;
    this.byGroup = new Map();
    this.counts = new Map(this.groupIds().map((id, at) => [id, this.frame.number(COUNT, at) ?? 0]));
    for (let at = this.groups; this.grouped && at < this.frame.length; at++) {
      const group = this.frame.text("parent_run_id", at);
      const found = this.byGroup.get(group);
      if (found) found.push(this.frame.text("run_id", at));
      else this.byGroup.set(group, [this.frame.text("run_id", at)]);
    }
  }

  private takeColumns(data: TableData): void {
    this.specs = new Map(data.columns.map((column) => [column.id, column]));
  }
}
