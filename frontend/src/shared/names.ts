/** Names cut in their middle: runs of a sweep begin alike and differ at the end. */

import { element } from "./dom";

const TAIL = 9;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A name as the part that may be cut and the end that stays.
 *
 * Cut between what a reader takes for one sign: an emoji of several code points stays whole. Of a
 * name of thousands of signs only as many are looked at as can be seen.
 */
export function halves(name: string, tail: number = TAIL): [string, string] {
  if (name.length <= tail * 2) return [name, ""];
  const end = [...segmenter.segment(name.slice(-tail * 6))].map((part) => part.segment);
  const kept = end.slice(-tail).join("");
  return [name.slice(0, name.length - kept.length), kept];
}

/** The parts of a name for a flex box in which the first part gives way. */
export function nameParts(name: string): HTMLElement[] {
  const [head, tail] = halves(name);
  const parts = [element("span", { class: "head" }, head)];
  if (tail) parts.push(element("span", { class: "tail" }, tail));
  return parts;
}

/** The order of a reader, who counts: class_2 stands before class_10. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;
