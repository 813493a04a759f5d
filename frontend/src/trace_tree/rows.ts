/** The rows of the tree that can be seen: of thousands of spans only those in the window are drawn. */

import { element, icon, ICONS } from "../shared/dom";
import { lasting } from "./durations";
import type { Node } from "./tree";

export const ROW_HEIGHT = 30;
/** Rows that are drawn beyond either edge, so that none is missing while somebody scrolls. */
const SPARE = 8;
const INDENT = 14;
/** Deeper spans stand as far right as these; their level is in the tree's own words. */
const DEEPEST = 12;

export interface RowState {
  readonly chosen: boolean;
  readonly folded: boolean;
  readonly found: boolean;
}

/** The first row to draw and the one after the last, for a window of this height scrolled so far. */
export function range(scrolled: number, height: number, rows: number): [number, number] {
  const first = Math.max(0, Math.floor(scrolled / ROW_HEIGHT) - SPARE);
  const after = Math.min(rows, Math.ceil((scrolled + height) / ROW_HEIGHT) + SPARE);
  return [first, after];
}

/** The element of a row; a click on its arrow, and on the rest of it, is the tree's to take. */
export function row(node: Node, at: number, length: number, id: string, state: RowState): HTMLElement {
  const { span } = node;
  const indent = Math.min(node.depth, DEEPEST) * INDENT;
  const took = span.duration === null ? "running" : lasting(span.duration);
  const words = [span.name, span.kind, span.failed ? "failed" : "", took].filter(Boolean).join(", ");
  const made = element(
    "div",
    {
      class: "row",
      role: "treeitem",
      id,
      "data-span": span.id,
      "aria-level": node.depth + 1,
      "aria-posinset": node.place,
      "aria-setsize": node.siblings,
      "aria-selected": String(state.chosen),
      "aria-expanded": node.children ? String(!state.folded) : null,
      "aria-label": words,
    },
    element(
      "div",
      { class: "name" },
      node.children ? arrow() : element("span", { class: "no-arrow" }),
      element("span", { class: "dot", "data-kind": span.kind }),
      element("span", { class: "label", title: span.name }, span.name),
    ),
    bar(node, length),
    element("div", { class: "took" }, took),
  );
  made.style.top = `${at * ROW_HEIGHT}px`;
  made.style.setProperty("--indent", `${indent}px`);
  made.classList.toggle("failed", span.failed);
  made.classList.toggle("found", state.found);
  return made;
}

function arrow(): HTMLElement {
  return element("span", { class: "arrow" }, icon(ICONS.chevronRight));
}

function bar(node: Node, length: number): HTMLElement {
  const { start, duration } = node.span;
  const left = Math.min(100, (start / length) * 100);
  const width = duration === null ? 100 - left : (duration / length) * 100;
  const made = element("div", { class: "bar", "data-kind": node.span.kind });
  made.style.left = `${left}%`;
  made.style.width = `${Math.max(0, Math.min(width, 100 - left))}%`;
  return element("div", { class: "lane" }, made);
}
