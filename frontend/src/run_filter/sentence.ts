/** A filter as the conditions that AND joins at its top, and how they are taken out and put in. */

import {
  isKeyword,
  type Name,
  readName,
  readText,
  type Token,
  tokenize,
  writeName,
  writeText,
} from "./tokens";

/** One condition on one name, such as `params.opt IN ('adam', 'sgd')`. */
export interface Condition {
  readonly name: Name;
  /** In capitals: `=`, `NOT IN`, `IS NULL`. */
  readonly comparator: string;
  readonly values: readonly string[];
}

/** What stands between two ANDs at the top; without a condition it is brackets, a NOT, or an OR. */
export interface Part {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly condition: Condition | null;
}

/** The parts of a filter; null for one that is not whole, an OR at the top makes it one part. */
export function partsOf(text: string): readonly Part[] | null {
  const tokens = tokenize(text);
  if (!tokens.length) return [];
  const pieces = split(tokens, "AND");
  if (pieces === null) return null;
  if (!pieces.every(isWhole)) return null;
  const either = split(tokens, "OR");
  return (either && either.length > 1 ? [tokens] : pieces).map((piece) => partOf(text, piece));
}

/** The filter without one of its parts. */
export function withoutPart(parts: readonly Part[], removed: Part): string {
  return joined(parts.filter((part) => part !== removed));
}

/** The filter that also asks for this. */
export function withPart(text: string, clause: string): string {
  const parts = partsOf(text);
  const before = text.trim();
  if (!before) return clause;
  const [only] = parts ?? [];
  // AND binds tighter than OR.
  const alone = parts?.length === 1 && only && isEither(only) ? `(${before})` : before;
  return `${alone} AND ${clause}`;
}

/** The values that are asked for at the top by `=` or IN; empty where it asks for none. */
export function valuesOf(text: string, name: Name): readonly string[] {
  return partsOf(text)?.flatMap((part) => (isChoice(part, name) ? part.condition?.values ?? [] : [])) ?? [];
}

/** The filter that asks for one of these texts, or for none of them in particular. */
export function withValues(text: string, name: Name, values: readonly string[]): string {
  const called = writeName(name);
  const written = values.map(writeText).filter((value) => value !== null);
  if (called === null) return text;
  const clause = written.length > 1 ? `${called} IN (${written.join(", ")})` : `${called} = ${written[0] ?? ""}`;
  return replaced(text, (part) => isChoice(part, name), written.length ? clause : null);
}

/** What stands at the top behind this comparator of a name, as it is written; empty for nothing. */
export function boundOf(text: string, name: Name, comparator: string): string {
  return partsOf(text)?.find((part) => compares(part, name, comparator))?.condition?.values[0] ?? "";
}

/** The filter with this bound; without it where `value` is empty. The value is as it is written. */
export function withBound(text: string, name: Name, comparator: string, value: string): string {
  const called = writeName(name);
  if (called === null) return text;
  const clause = value ? `${called} ${comparator} ${value}` : null;
  return replaced(text, (part) => compares(part, name, comparator), clause);
}

/** Whether the filter asks at the top for runs without this. */
export function asksForNone(text: string, name: Name): boolean {
  return partsOf(text)?.some((part) => compares(part, name, "IS NULL")) ?? false;
}

/** The filter that asks for runs without this, or does not. */
export function withNone(text: string, name: Name, asked: boolean): string {
  const called = writeName(name);
  if (called === null) return text;
  return replaced(text, (part) => compares(part, name, "IS NULL"), asked ? `${called} IS NULL` : null);
}

function replaced(text: string, isOld: (part: Part) => boolean, clause: string | null): string {
  const parts = partsOf(text) ?? [];
  const first = parts.find(isOld);
  if (!first) return clause === null ? text.trim() : withPart(text, clause);
  const others = parts.flatMap((part) => {
    if (part === first) return clause === null ? [] : [{ ...part, text: clause }];
    return isOld(part) ? [] : [part];
  });
  return joined(others);
}

function joined(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join(" AND ");
}

function isEither(part: Part): boolean {
  return (split(tokenize(part.text), "OR")?.length ?? 0) > 1;
}

function isChoice(part: Part, name: Name): boolean {
  return compares(part, name, "=") || compares(part, name, "IN");
}

function compares(part: Part, name: Name, comparator: string): boolean {
  const { condition } = part;
  return (
    condition?.comparator === comparator &&
    condition.name.kind === name.kind &&
    condition.name.key === name.key
  );
}

/** The tokens between a keyword outside of all brackets; null where brackets do not match. */
function split(tokens: readonly Token[], word: string): Token[][] | null {
  const pieces: Token[][] = [[]];
  let depth = 0;
  let between = false;
  for (const token of tokens) {
    if (token.type === "open" || token.type === "wrong") return null;
    if (token.type === "left") depth += 1;
    if (token.type === "right") depth -= 1;
    if (depth < 0) return null;
    if (isKeyword(token, "BETWEEN")) between = true;
    const joins = isKeyword(token, "AND") && between ? false : isKeyword(token, word);
    // The AND of a BETWEEN is no other one.
    if (isKeyword(token, "AND")) between = false;
    if (joins && depth === 0) pieces.push([]);
    else pieces.at(-1)?.push(token);
  }
  return depth === 0 ? pieces : null;
}

/** Whether it may be a condition, or several: whole enough to stand beside others. */
function isWhole(piece: readonly Token[]): boolean {
  const [first, last] = [piece[0], piece.at(-1)];
  if (!first || !last || piece.length < 3) return false;
  const ends = last.type === "number" || last.type === "text" || last.type === "right";
  return (ends || isKeyword(last, "NULL")) && !isKeyword(first, "OR", "IN", "IS", "NULL", "BETWEEN");
}

function partOf(text: string, piece: readonly Token[]): Part {
  const start = piece[0]?.start ?? 0;
  const end = piece.at(-1)?.end ?? 0;
  return { text: text.slice(start, end), start, end, condition: conditionOf(piece) };
}

function conditionOf(piece: readonly Token[]): Condition | null {
  const [first, sign, third, ...rest] = piece;
  if (!first || !sign || !third) return null;
  if (first.type !== "name" && !(first.type === "text" && first.text.startsWith('"'))) return null;
  const name = readName(first.text);
  if (sign.type === "comparator") {
    return rest.length || !isValue(third) ? null : { name, comparator: sign.text.toUpperCase(), values: [valueOf(third)] };
  }
  const words = [sign, third].filter((token) => token.type === "keyword").map((token) => token.text.toUpperCase());
  const comparator = isKeyword(sign, "NOT") || isKeyword(third, "NOT") ? words.join(" ") : words[0] ?? "";
  const values = piece.slice(2).filter(isValue).map(valueOf);
  if (comparator === "IS NOT") return { name, comparator: "IS NOT NULL", values: [] };
  if (comparator === "IS") return { name, comparator: "IS NULL", values: [] };
  const isList = ["IN", "NOT IN", "BETWEEN"].includes(comparator);
  // Of `a IN (1) OR b = 2` the whole is no condition.
  const alone = piece.filter((token) => token.type === "left").length <= 1 && !piece.some((token) => isKeyword(token, "OR"));
  return isList && alone ? { name, comparator, values } : null;
}

function isValue(token: Token): boolean {
  return token.type === "number" || token.type === "text";
}

function valueOf(token: Token): string {
  return token.type === "text" ? readText(token.text) : token.text;
}
