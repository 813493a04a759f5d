/** A trace: the tree of its spans beside a time axis, and the details of the chosen one. */

import { button, element } from "../shared/dom";
import { grouped } from "../shared/numbers";
import { debounced, keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { details } from "./details";
import { lasting, ticks } from "./durations";
import { range, row, ROW_HEIGHT } from "./rows";
import { type Node, Tree } from "./tree";
import type { Span, TraceData } from "./types";

/** More spans than these are folded below the second level at first. */
const FOLDED_FROM = 300;
const SEARCH_PAUSE = 150;
const HEAD_HEIGHT = 28;

let instances = 0;

export class TraceTree implements Mounted<TraceData> {
  private readonly prefix = `span-${(instances += 1)}`;
  private version: string | null = null;
  private tree = new Tree([]);
  private visible: Node[] = [];
  private readonly folded = new Set<string>();
  private found = new Set<string>();
  private chosen = "";
  private readonly root = element("div", { class: "trace-tree" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search names, inputs, outputs",
    "aria-label": "Search the spans",
  });
  private readonly matches = element("span", { class: "matches", role: "status" });
  private readonly axis = element("div", { class: "axis", "aria-hidden": "true" });
  private readonly rows = element("div", { class: "rows", role: "tree", tabindex: 0 });
  private readonly scroll = element("div", { class: "scroll" }, this.rows);
  private readonly side = element("div", { class: "side", role: "region", "aria-label": "The chosen span" });
  private readonly searched = debounced(SEARCH_PAUSE, () => {
    this.find();
  });
  private readonly sized: ResizeObserver;

  constructor(args: RendererArgs<TraceData>, style: string) {
    const fold = button("Fold all", () => this.foldAll(), { class: "quiet text" });
    const unfold = button("Unfold all", () => this.unfoldAll(), { class: "quiet text" });
    this.root.append(
      element("style", {}, style),
      element("div", { class: "bar-top" }, this.search, this.matches, fold, unfold),
      element(
        "div",
        { class: "body" },
        element("div", { class: "left" }, this.head(), this.scroll),
        this.side,
      ),
    );
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.search.addEventListener("input", this.searched);
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.goToNext(event.shiftKey ? -1 : 1);
    });
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    this.rows.addEventListener("click", (event) => this.clicked(event));
    this.rows.addEventListener("keydown", (event) => this.pressed(event));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.scroll);
  }

  update(args: RendererArgs<TraceData>): void {
    const { data } = args;
    this.rows.setAttribute("aria-label", data.label);
    this.root.style.setProperty("--tree-height", `${data.height}px`);
    if (this.version === data.version) return;
    const first = this.version === null;
    this.version = data.version;
    this.tree = new Tree(data.spans);
    if (first) this.open(data.chosen);
    this.drawAxis();
    this.find();
  }

  destroy(): void {
    this.searched.cancel();
    this.sized.disconnect();
    this.root.remove();
  }

  /** What is shown at first: the span of the address, else the first that failed, else the top. */
  private open(wanted: string): void {
    const { nodes } = this.tree;
    if (nodes.length > FOLDED_FROM) this.foldBelow(1);
    const there = nodes.find(({ span }) => span.id === wanted);
    const failed = nodes.filter(({ span }) => span.failed).reduce<Node | undefined>(
      // The deepest that failed is where it began.
      (deepest, node) => (deepest === undefined || node.depth > deepest.depth ? node : deepest),
      undefined,
    );
    this.chosen = (there ?? failed ?? nodes[0])?.span.id ?? "";
    this.unfoldAbove(this.chosen);
  }

  private head(): HTMLElement {
    return element("div", { class: "head" }, element("span", {}, "Span"), this.axis, element("span", { class: "took" }, "Took"));
  }

  private drawAxis(): void {
    const { length } = this.tree;
    const all = ticks(length);
    // The words of a mark near the end stand on its left: there must be room before the mark before it.
    const hasRoom = (all[1] ?? length) / length > 0.34;
    const marks = all.filter((at) => at / length <= 0.8 || hasRoom);
    this.axis.replaceChildren(
      ...marks.map((at) => {
        const share = at / length;
        // A mark near the end has its words on its left.
        const mark = element("span", { class: share > 0.8 ? "last" : "" }, lasting(at));
        if (share > 0.8) mark.style.right = `${(1 - share) * 100}%`;
        else mark.style.left = `${share * 100}%`;
        return mark;
      }),
    );
  }

  private arrange(): void {
    this.visible = this.tree.visible(this.folded);
    this.rows.style.height = `${this.visible.length * ROW_HEIGHT}px`;
    this.scroll.style.maxHeight = `calc(var(--tree-height) - ${HEAD_HEIGHT}px)`;
    this.draw();
  }

  private draw(): void {
    const height = this.scroll.clientHeight || 600;
    const [from, to] = range(this.scroll.scrollTop, height, this.visible.length);
    const drawn = this.visible.slice(from, to).map((node, at) =>
      row(node, from + at, this.tree.length, this.idOf(node.span), {
        chosen: node.span.id === this.chosen,
        folded: this.folded.has(node.span.id),
        found: this.found.has(node.span.id),
      }),
    );
    this.rows.replaceChildren(...drawn);
    const active = drawn.find((one) => one.dataset.span === this.chosen);
    if (active) this.rows.setAttribute("aria-activedescendant", active.id);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  private drawDetails(): void {
    const node = this.tree.nodes.find(({ span }) => span.id === this.chosen);
    const host = { linkTo: (span: Span) => linkTo(span) };
    this.side.replaceChildren(
      ...(node ? [details(node.span, this.tree.length, host)] : [element("p", { class: "nothing" }, "No span.")]),
    );
  }

  private choose(id: string, show: boolean): void {
    this.chosen = id;
    if (show) this.show(id);
    this.draw();
    this.drawDetails();
  }

  private show(id: string): void {
    const at = this.visible.findIndex(({ span }) => span.id === id);
    if (at < 0) return;
    const top = at * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.scroll;
    if (top < scrollTop) this.scroll.scrollTop = top;
    else if (top + ROW_HEIGHT > scrollTop + clientHeight) {
      this.scroll.scrollTop = top + ROW_HEIGHT - clientHeight;
    }
  }

  private idOf(span: Span): string {
    return `${this.prefix}-${span.id}`;
  }

  // What a person does

  private clicked(event: MouseEvent): void {
    const target = event.composedPath().filter((one): one is HTMLElement => one instanceof HTMLElement);
    const id = target.find((one) => one.classList.contains("row"))?.dataset.span;
    if (id === undefined) return;
    if (target.some((one) => one.classList.contains("arrow"))) this.toggle(id);
    else this.choose(id, false);
  }

  /** The keys of a tree, as ARIA's authoring practices have them. */
  private pressed(event: KeyboardEvent): void {
    const at = this.visible.findIndex(({ span }) => span.id === this.chosen);
    const node = this.visible[at];
    const act = this.actionOf(event.key, at, node);
    if (!act) return;
    event.preventDefault();
    act();
  }

  private actionOf(key: string, at: number, node: Node | undefined): (() => void) | null {
    const go = (to: number) => () => {
      const wanted = this.visible[Math.max(0, Math.min(to, this.visible.length - 1))];
      if (wanted) this.choose(wanted.span.id, true);
    };
    if (key === "ArrowDown") return go(at + 1);
    if (key === "ArrowUp") return go(at - 1);
    if (key === "Home") return go(0);
    if (key === "End") return go(this.visible.length - 1);
    if (!node) return null;
    const id = node.span.id;
    const folded = this.folded.has(id);
    if (key === "ArrowRight" && node.children) return folded ? () => this.toggle(id) : go(at + 1);
    if (key === "ArrowLeft") {
      if (node.children && !folded) return () => this.toggle(id);
      const parent = this.visible.findIndex(({ span }) => span.id === node.span.parent);
      return parent < 0 ? null : go(parent);
    }
    if ((key === "Enter" || key === " ") && node.children) return () => this.toggle(id);
    return null;
  }

  private toggle(id: string): void {
    if (!this.folded.delete(id)) this.folded.add(id);
    this.arrange();
  }

  private foldAll(): void {
    this.foldBelow(0);
    const top = [...this.tree.above(this.chosen)].pop();
    if (top) this.chosen = top;
    this.arrange();
    this.drawDetails();
  }

  private foldBelow(depth: number): void {
    for (const node of this.tree.nodes) {
      if (node.children && node.depth >= depth) this.folded.add(node.span.id);
    }
  }

  private unfoldAll(): void {
    this.folded.clear();
    this.arrange();
    this.show(this.chosen);
  }

  private unfoldAbove(id: string): void {
    for (const above of this.tree.above(id)) this.folded.delete(above);
  }

  // Search

  private find(): void {
    this.found = this.tree.find(this.search.value);
    for (const id of this.found) this.unfoldAbove(id);
    const asked = this.search.value.trim() !== "";
    this.matches.textContent = asked ? `${grouped(this.found.size)} found` : grouped(this.tree.nodes.length) + " spans";
    this.arrange();
    this.drawDetails();
  }

  private goToNext(way: 1 | -1): void {
    const places = this.visible.map(({ span }, at) => (this.found.has(span.id) ? at : -1)).filter((at) => at >= 0);
    if (!places.length) return;
    const here = this.visible.findIndex(({ span }) => span.id === this.chosen);
    const further = way > 0 ? places.find((at) => at > here) : places.findLast((at) => at < here);
    const at = further ?? (way > 0 ? places[0] : places.at(-1));
    const node = this.visible[at ?? 0];
    if (node) this.choose(node.span.id, true);
  }
}

function linkTo(span: Span): string {
  const address = new URL(window.location.href);
  address.searchParams.set("span", span.id);
  return address.href;
}
