/** Where a mistake stands in a line, and the line with the nearest name instead. */

import { KINDS, type Name, readName, type Token, tokenize, writeName } from "./tokens";
import type { Mistake } from "./types";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is underlined: the word at the place; where the filter ends too early, its last word. */
export function spanOf(text: string, mistake: Mistake): Span {
  const at = offsetOf(text, mistake.position);
  const tokens = tokenize(text);
  const token = tokens.find(({ start, end }) => start <= at && at < end) ?? tokens.findLast(({ end }) => end <= at);
  return token ? { start: token.start, end: token.end } : { start: 0, end: text.length };
}

/** The line with the nearest name in the place of the one that is not there; null without one. */
export function corrected(text: string, mistake: Mistake): string | null {
  if (!mistake.near) return null;
  const { start, end } = spanOf(text, mistake);
  const token = tokenize(text).find((one) => one.start === start);
  if (token?.type !== "name") return null;
  const name = nameFor(token, mistake.near);
  return name === null ? null : text.slice(0, start) + name + text.slice(end);
}

function nameFor(token: Token, near: string): string | null {
  const [word = "", ...rest] = token.text.split(".");
  if (rest.length && !(word in KINDS)) return [near, ...rest].join(".");
  const known: Name = readName(token.text);
  return writeName({ ...known, key: near });
}

/** The reading room counts signs, JavaScript halves of some of them. */
function offsetOf(text: string, position: number): number {
  return Array.from(text).slice(0, position).join("").length;
}
