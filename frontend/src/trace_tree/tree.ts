/** The spans of a trace as a tree: who stands below whom, which are shown, which a search finds. */

import type { Span } from "./types";

export interface Node {
  readonly span: Span;
  readonly depth: number;
  /** How many spans stand directly below it. */
  readonly children: number;
  /** Its place among its siblings, from 1, and how many they are: a screen reader says both. */
  readonly place: number;
  readonly siblings: number;
}

export class Tree {
  /** All nodes, each above those below it, siblings in the order in which they began. */
  readonly nodes: readonly Node[];
  /** The length of the whole trace, never 0. */
  readonly length: number;
  private readonly parents = new Map<string, string>();

  constructor(spans: readonly Span[]) {
    const below = new Map<string, Span[]>();
    for (const span of spans) {
      const siblings = below.get(span.parent);
      if (siblings) siblings.push(span);
      else below.set(span.parent, [span]);
      this.parents.set(span.id, span.parent);
    }
    this.nodes = nodesOf(below, spans);
    const ends = spans.map((span) => span.start + (span.duration ?? 0));
    this.length = Math.max(ends.reduce((most, end) => Math.max(most, end), 0), 0.001);
  }

  /** The nodes that no folded span hides. */
  visible(folded: ReadonlySet<string>): Node[] {
    const shown: Node[] = [];
    let hiddenBelow = Infinity;
    for (const node of this.nodes) {
      if (node.depth > hiddenBelow) continue;
      hiddenBelow = folded.has(node.span.id) ? node.depth : Infinity;
      shown.push(node);
    }
    return shown;
  }

  /** The spans above one, the nearest first. */
  above(id: string): string[] {
    const found: string[] = [];
    const seen = new Set([id]);
    let parent = this.parents.get(id);
    while (parent && !seen.has(parent)) {
      seen.add(parent);
      found.push(parent);
      parent = this.parents.get(parent);
    }
    return found;
  }

  /** The spans in whose name, kind, inputs, outputs or attributes a text stands, in any case. */
  find(text: string): Set<string> {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return new Set();
    const found = this.nodes.filter(({ span }) => textsOf(span).some((one) => one.toLowerCase().includes(wanted)));
    return new Set(found.map(({ span }) => span.id));
  }
}

function textsOf(span: Span): string[] {
  return [
    span.name,
    span.kind,
    span.message,
    span.inputs,
    span.outputs,
    ...Object.entries(span.attributes).flat(),
    ...span.events.flatMap((event) => [event.name, ...Object.values(event.attributes)]),
  ];
}

function nodesOf(below: ReadonlyMap<string, Span[]>, spans: readonly Span[]): Node[] {
  const nodes: Node[] = [];
  const drawn = new Set<string>();
  const waiting: Node[] = [];
  const push = (siblings: readonly Span[], depth: number) => {
    // The last is pushed first, as the stack gives back the newest.
    for (const [at, span] of [...siblings.entries()].reverse()) {
      waiting.push({
        span,
        depth,
        children: below.get(span.id)?.length ?? 0,
        place: at + 1,
        siblings: siblings.length,
      });
    }
  };
  const draw = () => {
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (drawn.has(node.span.id)) continue;
      drawn.add(node.span.id);
      nodes.push(node);
      push(below.get(node.span.id) ?? [], node.depth + 1);
    }
  };
  push(below.get("") ?? [], 0);
  draw();
  // Spans that name each other as parents hang from nowhere: they are shown, too.
  for (const span of spans) {
    if (drawn.has(span.id)) continue;
    push([span], 0);
    draw();
  }
  return nodes;
}
