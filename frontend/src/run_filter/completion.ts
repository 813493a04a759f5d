/** What may stand at the caret: names with the number of their runs, comparators, values, AND and OR. */

import { byName } from "../shared/names";
import { aligned, exact, grouped } from "../shared/numbers";
import { isKeyword, type Name, readName, type Token, tokenize, writeName, writeText } from "./tokens";
import type { FilterColumn } from "./types";

export interface Option {
  /** What is written. */
  readonly insert: string;
  readonly label: string;
  /** What is said beside it. */
  readonly detail: string;
}

export interface Completion {
  /** What an option takes the place of. */
  readonly from: number;
  readonly to: number;
  /** Whether letters stand there already. */
  readonly typed: boolean;
  readonly options: readonly Option[];
}

type Type = "number" | "text" | "time" | "duration" | "id";
type Expected = "condition" | "comparator" | "value" | "list" | "listed" | "null" | "between" | "join";

interface Place {
  readonly expected: Expected;
  readonly name: Name | null;
  readonly depth: number;
  /** Whether IN, and nothing else, may stand behind a NOT. */
  readonly negated: boolean;
}

export const ATTRIBUTES: Readonly<Record<string, Type>> = {
  status: "text",
  run_name: "text",
  start_time: "time",
  end_time: "time",
  duration: "duration",
  user_id: "text",
  experiment_name: "text",
  experiment_id: "id",
  run_id: "text",
  parent_run_id: "text",
  artifact_uri: "text",
  lifecycle_stage: "text",
};
/** What is asked for most stands first, where nothing is typed yet. */
const FIRST = new Set(["status", "run_name", "start_time", "duration"]);
const DATASETS = ["name", "digest", "context"];
const ORDERED = ["=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN (", "NOT IN (", "IS NULL", "IS NOT NULL"];
const COMPARATORS: Readonly<Record<Type, readonly string[]>> = {
  number: ["<", "<=", ">", ">=", "=", ...ORDERED.slice(1, 2), ...ORDERED.slice(6)],
  time: [">=", "<=", ">", "<", ...ORDERED.slice(6), "=", "!="],
  duration: [">", "<", ">=", "<=", ...ORDERED.slice(6), "=", "!="],
  id: ["=", "!=", "IN (", "NOT IN (", "IS NULL", "IS NOT NULL"],
  text: ["=", "!=", "IN (", "NOT IN (", "ILIKE", "LIKE", "RLIKE", "IS NULL", "IS NOT NULL"],
};
const MEANINGS: Readonly<Record<string, string>> = {
  "IN (": "one of several",
  "NOT IN (": "none of several",
  ILIKE: "part of the text, in any case: '%text%'",
  LIKE: "part of the text: '%text%'",
  RLIKE: "a regular expression",
  BETWEEN: "both ends belong to it",
  "IS NULL": "was not logged",
  "IS NOT NULL": "was logged",
};
const STATUSES = ["FINISHED", "RUNNING", "SCHEDULED", "FAILED", "KILLED"];
const DURATIONS = ["1m", "10m", "1h", "1d"];
/** Digits after the point, where there is little room. */
const FRACTION = 4;
/** More are found by their letters. */
const MOST = 60;

export function typeOf({ kind, key }: Name): Type {
  if (kind === "metrics") return "number";
  return kind === "attributes" ? ATTRIBUTES[key] ?? "text" : "text";
}

export function complete(text: string, caret: number, columns: readonly FilterColumn[]): Completion {
  const tokens = tokenize(text);
  const [start, end] = wordAt(tokens, text, caret);
  const place = placeBehind(tokens.filter((token) => token.end <= start));
  const typed = text.slice(start, caret);
  const written = text.slice(start, end);
  const options = optionsOf(place, columns, typed).filter(({ insert }) => insert.trim() !== written);
  // A comma and a bracket stand close to what is before them.
  const from = place.expected === "listed" && !typed ? text.slice(0, start).trimEnd().length : start;
  return { from, to: end, typed: typed !== "", options };
}

/** The filter with an option, and where the caret stands then. */
export function accept(text: string, completion: Completion, option: Option): [string, number] {
  const after = text.slice(completion.to);
  // A space follows what is whole, so that the next option can be chosen at once.
  const inserted = option.insert.endsWith("(") || /^\s/.test(after) ? option.insert : `${option.insert} `;
  const caret = completion.from + inserted.length + (/^\s/.test(after) && !inserted.endsWith("(") ? 1 : 0);
  return [text.slice(0, completion.from) + inserted + after, caret];
}

/** From where to where the word goes that somebody is typing; nowhere between words. */
function wordAt(tokens: readonly Token[], text: string, caret: number): [number, number] {
  let at = tokens.findIndex((token) => token.start < caret && caret <= token.end);
  const touched = tokens[at];
  const closed = ["left", "right", "comma"];
  if (!touched || closed.includes(touched.type) || (touched.type === "text" && caret === touched.end)) {
    return [caret, caret];
  }
  // A quote without its partner goes on to the end: what is behind the caret stays.
  const end = touched.type === "open" && text.slice(caret).trim() ? caret : touched.end;
  // `metrics.` and "metrics.`a b" are names that are not finished.
  for (let before = tokens[at - 1]; before?.end === tokens[at]?.start && before !== undefined; before = tokens[at - 1]) {
    if (before.type !== "name" && before.text !== ".") break;
    at -= 1;
  }
  return [tokens[at]?.start ?? caret, end];
}

function placeBehind(tokens: readonly Token[]): Place {
  let expected: Expected = "condition";
  let name: Name | null = null;
  let depth = 0;
  let negated = false;
  let lists = false;
  let ends = 0;
  for (const token of tokens) {
    switch (expected) {
      case "condition":
        if (token.type === "left") depth += 1;
        else if (token.type === "name" || (token.type === "text" && token.text.startsWith('"'))) {
          name = readName(token.text);
          expected = "comparator";
          negated = false;
        }
        break;
      case "comparator":
        if (token.type === "comparator") expected = "value";
        else if (isKeyword(token, "NOT")) negated = true;
        else if (isKeyword(token, "IN")) expected = "list";
        else if (isKeyword(token, "IS")) expected = "null";
        else if (isKeyword(token, "BETWEEN")) [expected, ends] = ["value", 2];
        break;
      case "null":
        if (isKeyword(token, "NULL")) expected = "join";
        else if (isKeyword(token, "NOT")) negated = true;
        break;
      case "list":
        if (token.type === "left") [expected, lists] = ["value", true];
        break;
      case "value":
        if (token.type !== "number" && token.type !== "text") break;
        if (lists) expected = "listed";
        else if (ends === 2) [expected, ends] = ["between", 1];
        else [expected, ends] = ["join", 0];
        break;
      case "between":
        if (isKeyword(token, "AND")) expected = "value";
        break;
      case "listed":
        if (token.type === "comma") expected = "value";
        if (token.type === "right") [expected, lists] = ["join", false];
        break;
      case "join":
        if (token.type === "right") depth -= 1;
        if (isKeyword(token, "AND", "OR")) [expected, name, negated] = ["condition", null, false];
        break;
    }
  }
  return { expected, name, depth, negated };
}

function optionsOf(place: Place, columns: readonly FilterColumn[], typed: string): Option[] {
  const wanted = typed.toLowerCase();
  const begins = (words: readonly string[]) =>
    words.filter((word) => word.toLowerCase().startsWith(wanted)).map((word) => plain(word, MEANINGS[word]));
  const { name } = place;
  switch (place.expected) {
    case "condition":
      return [...namesFor(columns, typed), ...(wanted ? begins(["NOT"]) : []), ...searchFor(typed)];
    case "comparator":
      if (place.negated) return [plain("IN (", MEANINGS["NOT IN ("])];
      return begins(name ? COMPARATORS[typeOf(name)] : []);
    case "value":
      return name ? valuesFor(name, columns, typed) : [];
    case "list":
      return [plain("(")];
    case "listed":
      return [plain(","), plain(")")].filter(({ insert }) => insert.startsWith(wanted));
    case "null":
      return begins(place.negated ? ["NULL"] : ["NULL", "NOT NULL"]);
    case "between":
      return begins(["AND"]);
    case "join":
      return begins(["AND", "OR", ...(place.depth > 0 ? [")"] : [])]);
  }
}

function plain(insert: string, detail = ""): Option {
  return { insert, label: insert, detail };
}

/** Names that hold the letters, those that begin with them first, what MLflow sets last. */
function namesFor(columns: readonly FilterColumn[], typed: string): Option[] {
  const wanted = typed.replaceAll("`", "").toLowerCase();
  const [kind = "", ...rest] = wanted.split(".");
  const ranked = known(columns)
    .flatMap((column) => {
      const called = writeName(column);
      const full = `${column.kind}.${column.key}`.toLowerCase();
      const isKind = rest.length > 0 && column.kind.startsWith(kind.replace(/s$/, ""));
      const rank = rankOf(column, isKind ? rest.join(".") : wanted, full.startsWith(wanted));
      return called === null || rank === null ? [] : [{ column, called, rank }];
    })
    .sort(
      (left, right) =>
        left.rank - right.rank ||
        KIND_ORDER.indexOf(left.column.kind) - KIND_ORDER.indexOf(right.column.kind) ||
        attributeOrder(left.column) - attributeOrder(right.column) ||
        byName(left.column.key, right.column.key),
    );
  return ranked.slice(0, MOST).map(({ column, called }) => ({
    insert: called,
    label: `${column.kind === "attributes" ? "" : `${column.kind}.`}${column.key}`,
    detail: detailOf(column),
  }));
}

const KIND_ORDER = ["metrics", "params", "tags", "attributes", "datasets"];

/** Attributes stand as they are asked for, other names as they are read. */
function attributeOrder({ kind, key }: FilterColumn): number {
  return kind === "attributes" ? Object.keys(ATTRIBUTES).indexOf(key) : 0;
}

/** Every name: attributes and datasets can be asked for where no run has them, too. */
function known(columns: readonly FilterColumn[]): FilterColumn[] {
  const none = { runs: 0, values: 0, low: null, high: null, common: [] };
  const has = new Set(columns.filter(({ kind }) => kind === "attributes").map(({ key }) => key));
  return [
    ...columns,
    ...Object.keys(ATTRIBUTES).filter((key) => !has.has(key)).map((key) => ({ kind: "attributes", key, ...none })),
    ...DATASETS.map((key) => ({ kind: "datasets", key, ...none })),
  ];
}

function rankOf({ kind, key }: FilterColumn, wanted: string, whole: boolean): number | null {
  const low = key.toLowerCase();
  const isOwn = (key.startsWith("mlflow.") && key !== "mlflow.user") || key.startsWith("system/");
  const last = isOwn ? 10 : 0;
  if (!wanted) return last + (FIRST.has(key) && kind === "attributes" ? 0 : kind === "attributes" ? 2 : 1);
  if (low === wanted) return 0;
  if (low.startsWith(wanted) || whole) return last + 1;
  return low.includes(wanted) ? last + 2 : null;
}

function detailOf({ kind, key, runs, low, high }: FilterColumn): string {
  if (kind === "attributes" || kind === "datasets") return ATTRIBUTES[key] === "text" || kind === "datasets" ? "" : ATTRIBUTES[key] ?? "";
  const count = `${grouped(runs)} ${runs === 1 ? "run" : "runs"}`;
  return kind === "metrics" && low !== null && high !== null && low < high
    ? `${count}, ${short(low)} to ${short(high)}`
    : count;
}

/** A number in few digits; what is cut is said to be. */
export function short(value: number): string {
  const { digits, cut } = aligned(value, FRACTION);
  return digits.replace(/[\u2007\u2008]+$/, "") + (cut ? "…" : "");
}

/** A word that is no name yet is looked for in the names of runs. */
function searchFor(typed: string): Option[] {
  const word = typed.trim();
  const written = /^[\p{L}\p{N}_-]+$/u.test(word) ? writeText(`%${word}%`) : null;
  if (written === null) return [];
  return [{ insert: `run_name ILIKE ${written}`, label: `Name contains “${word}”`, detail: "run_name ILIKE" }];
}

function valuesFor(name: Name, columns: readonly FilterColumn[], typed: string): Option[] {
  const wanted = typed.replace(/^['"]/, "").toLowerCase();
  const column = columns.find(({ kind, key }) => kind === name.kind && key === name.key);
  const type = typeOf(name);
  if (type === "number") return bounds(column, wanted);
  if (type === "time") return days().filter(({ insert }) => insert.includes(wanted));
  if (type === "duration") return DURATIONS.map((text) => plain(`'${text}'`)).filter(({ insert }) => insert.includes(wanted));
  const counted = new Map(column?.common.map(([value, runs]) => [String(value), runs]));
  if (name.kind === "attributes" && name.key === "status") {
    STATUSES.filter((status) => !counted.has(status)).forEach((status) => counted.set(status, 0));
  }
  return [...counted].flatMap(([value, runs]) => {
    const insert = writeText(value);
    const detail = `${grouped(runs)} ${runs === 1 ? "run" : "runs"}`;
    return insert !== null && value.toLowerCase().includes(wanted) ? [{ insert, label: insert, detail }] : [];
  });
}

function bounds(column: FilterColumn | undefined, wanted: string): Option[] {
  const found: Option[] = [];
  if (column?.low != null) found.push(plain(exact(column.low), "the least"));
  if (column?.high != null && column.high !== column.low) found.push(plain(exact(column.high), "the greatest"));
  return found.filter(({ insert }) => insert.startsWith(wanted));
}

function days(): Option[] {
  return [
    plain(`'${dayBefore(0)}'`, "today"),
    plain(`'${dayBefore(6)}'`, "the last 7 days"),
    plain(`'${dayBefore(29)}'`, "the last 30 days"),
  ];
}

/** The midnight here of a day so many days ago, as a filter takes it. */
export function dayBefore(days: number, now = new Date()): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const written = `${midnight.getFullYear()}-${two(midnight.getMonth() + 1)}-${two(midnight.getDate())}`;
  const offset = -midnight.getTimezoneOffset();
  if (offset === 0) return written;
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${written} 00:00${zone}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
