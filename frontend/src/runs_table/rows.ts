/** Which rows are shown, in which order: children below their parents, or sorted. */

import type { Column, Frame, Value } from "../shared/arrow";
import type { SortTerm } from "./types";

export interface Row {
  readonly id: string;
  /** Its row in the frame. */
  readonly at: number;
  readonly depth: number;
  /** How many runs are directly below it in this table. */
  readonly children: number;
  readonly open: boolean;
  /** A group of runs: it has no page and no tick of its own. */
  readonly group: boolean;
}

/** Rows in the frame's order, each child below its parent; closed parents hide what is below. */
export function nest(frame: Frame, closed: ReadonlySet<string>): Row[] {
  const places = new Map<string, number>();
  for (let at = 0; at < frame.length; at++) places.set(frame.text("run_id", at), at);
  const below = new Map<number, number[]>();
  const roots: number[] = [];
  for (let at = 0; at < frame.length; at++) {
    const parent = places.get(frame.text("parent_run_id", at));
    if (parent === undefined || parent === at) roots.push(at);
    else push(below, parent, at);
  }
  const rows: Row[] = [];
  const seen = new Uint8Array(frame.length);
  const add = (at: number, depth: number, shown: boolean): void => {
    // A stack of its own: chains of parents are as deep as somebody logged them.
    const waiting: [number, number, boolean][] = [[at, depth, shown]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [place, level, visible] = next;
      if (seen[place]) continue;
      seen[place] = 1;
      const id = frame.text("run_id", place);
      const children = below.get(place) ?? [];
      const open = !closed.has(id);
      if (visible) rows.push({ id, at: place, depth: level, children: children.length, open, group: false });
      for (const child of [...children].reverse()) waiting.push([child, level + 1, visible && open]);
    }
  };
  for (const at of roots) add(at, 0, true);
  // Runs that name each other as parents hang on no root: they are shown all the same.
  for (let at = 0; at < frame.length; at++) if (!seen[at]) add(at, 0, true);
  return rows;
}

/** Rows without levels, in the frame's order. */
export function list(frame: Frame): Row[] {
  return Array.from({ length: frame.length }, (_, at) => ({
    id: frame.text("run_id", at),
    at,
    depth: 0,
    children: 0,
    open: true,
    group: false,
  }));
}

/**
 * The groups at the beginning of a frame, in order, each with its runs below it where it is open.
 *
 * `order` sorts groups, and the runs of each of them. A group has as many children as it has runs,
 * whether they were read or not.
 */
export function unfold(
  frame: Frame,
  groups: number,
  opened: ReadonlySet<string>,
  order: (rows: readonly Row[]) => readonly Row[],
): Row[] {
  const below = new Map<string, Row[]>();
  const all = list(frame);
  for (const row of all.slice(groups)) {
    const group = frame.text("parent_run_id", row.at);
    const found = below.get(group);
    if (found) found.push({ ...row, depth: 1 });
    else below.set(group, [{ ...row, depth: 1 }]);
  }
  return order(all.slice(0, groups)).flatMap((row) => {
    const open = opened.has(row.id);
    const children = frame.number("count", row.at) ?? 0;
    return [
      { ...row, group: true, open, children },
      ...(open ? order(below.get(row.id) ?? []) : []),
    ];
  });
}

/**
 * Rows by several columns, as the API orders them (docs/reference/reading.md): what has no value comes
 * last both ways, NaN before it; equal rows stay as they were.
 *
 * A column of texts that are all numbers is ordered by number.
 */
export function sort(
  rows: readonly Row[],
  terms: readonly SortTerm[],
  column: (id: string) => Column | null,
): Row[] {
  const keys = terms.flatMap((term) => {
    const found = column(term.by);
    return found === null ? [] : [{ values: comparable(found), way: term.ascending ? 1 : -1 }];
  });
  return [...rows].sort((left, right) => {
    for (const { values, way } of keys) {
      const found = compare(values[left.at] ?? null, values[right.at] ?? null, way);
      if (found) return found;
    }
    return left.at - right.at;
  });
}

// Leading zeros make a name, not a number: 00120 and 120 are two.
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

function comparable(column: Column): Value[] {
  const values = Array.from({ length: column.length }, (_, at) => column.at(at));
  const present = values.filter((value) => value !== null);
  const numeric = present.every((value) => typeof value === "string" && NUMBER.test(value));
  return numeric ? values.map((value) => (value === null ? null : Number(value))) : values;
}

function rank(value: Value): number {
  if (value === null) return 2;
  return typeof value === "number" && Number.isNaN(value) ? 1 : 0;
}

function compare(left: Value, right: Value, way: number): number {
  const ranks = rank(left) - rank(right);
  if (ranks || rank(left)) return ranks;
  if (left === right || left === null || right === null) return 0;
  return left < right ? -way : way;
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const found = map.get(key);
  if (found) found.push(value);
  else map.set(key, [value]);
}
