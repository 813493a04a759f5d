/** The filter over the table of runs: one line, its conditions as chips, and panels that write into it. */

import { button, element, icon, ICONS } from "../shared/dom";
import { debounced, keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { Editor } from "./editor";
import { Facets } from "./facets";
import { corrected, spanOf } from "./mistake";
import { type Part, partsOf, withoutPart } from "./sentence";
import type { FilterData } from "./types";

/** Several ticks in a row are one question. */
const PAUSE_MS = 250;

type PanelName = "facets" | "examples";

export class RunFilter implements Mounted<FilterData> {
  private data: FilterData;
  private send: (sentence: string) => void = () => undefined;
  /** What the page runs, as far as this line knows: what was sent last, or what was given. */
  private applied = "";
  /** What the page said last. */
  private given: string | null = null;
  /** What was sent and not answered yet, in order. */
  private sent: string[] = [];
  /** What was typed and never run, when something else took its place. */
  private displaced = "";
  private open: PanelName | null = null;
  private waiting = "";
  private drawnState = "";
  private drawnChips: string | null = null;
  private readonly editor: Editor;
  private readonly facets: Facets;
  private readonly root = element("div", { class: "run-filter" });
  private readonly runButton: HTMLButtonElement;
  private readonly clearButton: HTMLButtonElement;
  private readonly panelButtons: Readonly<Record<PanelName, HTMLButtonElement>>;
  private readonly below = element("div", { class: "below" });
  private readonly chips = element("ul", { class: "chips", "aria-label": "Conditions of the filter" });
  private readonly panel = element("div", { class: "panel", id: "filter-panel", hidden: true });
  private readonly sendSoon = debounced(PAUSE_MS, () => this.flush());

  constructor(args: RendererArgs<FilterData>, style: string) {
    this.data = args.data;
    this.editor = new Editor({
      columns: () => this.data.columns,
      run: () => this.run(this.editor.text),
      typed: () => this.drawState(),
    });
    this.facets = new Facets({ sentence: () => this.base(), run: (sentence) => this.runFacet(sentence) });
    this.runButton = button("Run", () => this.run(this.editor.text), { class: "tool run", title: "Run the filter (Enter)" });
    this.clearButton = button(icon(ICONS.close), () => this.run(""), { class: "quiet", "aria-label": "Clear the filter" });
    this.panelButtons = { facets: this.opener("facets", "Facets"), examples: this.opener("examples", "Examples") };
    const field = element("div", { class: "field" }, icon(FUNNEL), this.editor.root, this.clearButton, this.editor.list);
    this.root.append(
      element("style", {}, style),
      element("div", { class: "top" }, field, this.runButton, this.panelButtons.facets, this.panelButtons.examples),
      this.editor.said,
      this.below,
      this.chips,
      this.panel,
    );
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
  }

  update(args: RendererArgs<FilterData>): void {
    this.data = args.data;
    this.send = (sentence) => args.setTriggerValue("sentence", { text: sentence });
    this.take(args.data.sentence);
    this.draw();
  }

  destroy(): void {
    this.sendSoon.cancel();
    this.root.remove();
  }

  /** Take what the page says: its answer to what was sent here, or what somebody did elsewhere. */
  private take(sentence: string): void {
    if (sentence === this.given) return;
    this.given = sentence;
    const at = this.sent.indexOf(sentence);
    if (at >= 0) {
      this.sent.splice(0, at + 1);
      return;
    }
    this.sent = [];
    this.sendSoon.cancel();
    this.show(sentence);
  }

  /** Put a sentence into the line; what was typed there and not run can be brought back. */
  private show(sentence: string): void {
    const typed = this.editor.text.trim();
    if (typed !== this.applied && typed !== sentence) this.displaced = typed;
    this.adopt(sentence);
  }

  private adopt(sentence: string): void {
    this.applied = sentence;
    this.editor.text = sentence;
  }

  /** Run what was written. */
  private run(text: string): void {
    const sentence = text.trim();
    if (sentence === this.editor.text.trim()) this.displaced = "";
    this.show(sentence);
    this.ask(sentence);
    this.flush();
  }

  /** Run what a facet has made of the line, or of what is run while the line is half a sentence. */
  private runFacet(sentence: string): void {
    if (partsOf(this.editor.text) === null) this.show(sentence);
    else this.adopt(sentence);
    this.ask(sentence);
    this.sendSoon();
  }

  private ask(sentence: string): void {
    this.editor.close();
    this.draw();
    this.waiting = sentence;
  }

  private flush(): void {
    this.sendSoon.cancel();
    const last = this.sent.at(-1) ?? this.given;
    if (this.waiting === last) return;
    this.sent.push(this.waiting);
    this.send(this.waiting);
  }

  /** What chips and facets are written into: the line, or what is run where it is half a sentence. */
  private base(): string {
    return partsOf(this.editor.text) === null ? this.applied : this.editor.text;
  }

  private draw(): void {
    this.drawState();
    this.drawChips();
    if (this.open === "facets") this.facets.update(this.data, this.base());
  }

  /** What is said of the line as it stands. */
  private drawState(): void {
    const { mistake, meanwhile } = this.data;
    const text = this.editor.text.trim();
    const isRun = text === this.applied;
    this.runButton.hidden = isRun;
    this.clearButton.hidden = !text;
    const isMistaken = mistake !== null && isRun && this.given === text;
    // What is said already is not said again by each run of the page.
    const state = JSON.stringify([isMistaken && [mistake, meanwhile], this.displaced !== text && this.displaced]);
    if (state === this.drawnState) return;
    this.drawnState = state;
    this.editor.said.replaceChildren();
    this.below.replaceChildren();
    if (!isMistaken) this.editor.mark(null);
    if (isMistaken) {
      this.editor.mark(spanOf(this.editor.text, mistake));
      const better = corrected(this.editor.text, mistake);
      this.editor.said.append(element("p", { class: "mistake" }, mistake.message), element("p", { class: "note" }, meanwhile));
      if (better !== null) {
        this.below.append(button(`Use ${mistake.near}`, () => this.run(better), { class: "tool use" }));
      }
    }
    if (this.displaced && this.displaced !== text) {
      const back = this.displaced;
      this.below.append(
        element("span", { class: "note" }, "What you typed was not run."),
        button("Put it back", () => this.bringBack(back), { class: "quiet text", title: back }),
      );
    }
  }

  private bringBack(text: string): void {
    this.displaced = "";
    this.editor.text = text;
    this.editor.select({ start: text.length, end: text.length });
    this.drawState();
  }

  private drawChips(): void {
    if (this.applied === this.drawnChips) return;
    this.drawnChips = this.applied;
    const parts = partsOf(this.applied) ?? [];
    const focused = this.focusedChip();
    this.chips.replaceChildren(...parts.map((part) => this.chip(part, parts)));
    this.chips.hidden = !parts.length;
    if (focused < 0) return;
    const buttons = this.chips.querySelectorAll<HTMLElement>("button.quiet");
    (buttons[Math.min(focused, buttons.length - 1)] ?? this.editor.input).focus();
  }

  /** Which chip the focus is on: the next one takes it when that one goes. */
  private focusedChip(): number {
    const root = this.root.getRootNode() as Document | ShadowRoot;
    const chip = root.activeElement?.closest("li.chip");
    return chip && this.chips.contains(chip) ? [...this.chips.children].indexOf(chip) : -1;
  }

  private chip(part: Part, parts: readonly Part[]): HTMLElement {
    const find = () => {
      if (this.editor.text === this.applied) this.editor.select(part);
    };
    return element(
      "li",
      { class: "chip" },
      button(part.text, find, { class: "words", title: part.text }),
      button(icon(ICONS.close), () => this.run(withoutPart(parts, part)), {
        class: "quiet",
        "aria-label": `Remove ${part.text}`,
      }),
    );
  }

  private opener(name: PanelName, label: string): HTMLButtonElement {
    const attributes = { class: "tool", "aria-expanded": "false", "aria-controls": "filter-panel" };
    return button(label, () => this.toggle(name), attributes);
  }

  private toggle(name: PanelName): void {
    this.open = this.open === name ? null : name;
    for (const [key, opener] of Object.entries(this.panelButtons)) {
      opener.setAttribute("aria-expanded", String(key === this.open));
    }
    this.panel.hidden = this.open === null;
    if (this.open === "facets") {
      this.panel.replaceChildren(this.facets.root);
      this.facets.update(this.data, this.base());
    } else if (this.open === "examples") {
      this.panel.replaceChildren(this.examples());
    }
  }

  private examples(): HTMLElement {
    const entries = this.data.examples.map(({ code, meaning }) => {
      const put = button(code, () => this.bringBack(code), { class: "code" });
      return element("li", {}, put, element("small", {}, meaning));
    });
    return element(
      "section",
      { class: "examples", "aria-label": "Examples" },
      element("p", { class: "note" }, "A click puts one into the line. Join them with AND, OR, NOT and parentheses."),
      element("ul", {}, ...entries),
    );
  }
}

const FUNNEL = "M4 5h16l-6.5 8v6l-3-2v-4z";
