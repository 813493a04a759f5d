/** The line itself: an input with its words coloured, and a list of what may stand at the caret. */

import { element } from "../shared/dom";
import { accept, complete, type Completion, type Option } from "./completion";
import type { Span } from "./mistake";
import { isKeyword, type Token, tokenize } from "./tokens";
import type { FilterColumn } from "./types";

export interface EditorHost {
  columns(): readonly FilterColumn[];
  /** The line is run as it stands. */
  run(): void;
  /** Somebody has typed. */
  typed(): void;
}

/** What is left of a mistake that was scrolled to, in pixels. */
const MARGIN = 24;

let instances = 0;

export class Editor {
  private readonly prefix = `filter-${(instances += 1)}`;
  readonly input = element("input", {
    type: "text",
    role: "combobox",
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    placeholder: "metrics.loss < 0.1 AND params.lr = '0.1'",
    "aria-label": "Filter",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${this.prefix}-list`,
    "aria-describedby": `${this.prefix}-said`,
  });
  readonly list = element("ul", {
    class: "options",
    id: `${this.prefix}-list`,
    role: "listbox",
    "aria-label": "What may stand here",
    hidden: true,
  });
  /** What is said below the line, which describes the input. */
  readonly said = element("div", { class: "said", id: `${this.prefix}-said`, role: "status" });
  private readonly colours = element("div", { class: "colours", "aria-hidden": "true" });
  readonly root = element("div", { class: "editor" }, this.colours, this.input);
  private completion: Completion | null = null;
  private active = -1;
  private wrong: Span | null = null;

  constructor(private readonly host: EditorHost) {
    this.input.addEventListener("input", () => {
      this.wrong = null;
      this.colour();
      this.open();
      host.typed();
    });
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("scroll", () => this.align());
    this.input.addEventListener("blur", () => this.close());
    // The input keeps its focus: an option is chosen before it would be lost.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get text(): string {
    return this.input.value;
  }

  set text(text: string) {
    if (text === this.input.value) return;
    this.input.value = text;
    this.close();
    this.colour();
  }

  /** Underline a mistake, until somebody types. */
  mark(wrong: Span | null): void {
    this.wrong = wrong;
    if (wrong) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
    this.colour();
    const shown = this.colours.querySelector<HTMLElement>(".mistaken");
    if (!shown) return;
    // Of a long line the part with the mistake is in view.
    const isLeft = shown.offsetLeft < this.input.scrollLeft;
    const isRight = shown.offsetLeft + shown.offsetWidth > this.input.scrollLeft + this.input.clientWidth;
    if (isLeft || isRight) this.input.scrollLeft = Math.max(0, shown.offsetLeft - MARGIN);
    this.align();
  }

  /** Go into the line, with a part of it selected. */
  select({ start, end }: Span): void {
    this.input.focus();
    this.input.setSelectionRange(start, end);
  }

  close(): void {
    this.completion = null;
    this.active = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private open(): void {
    const caret = this.input.selectionStart ?? this.text.length;
    const found = complete(this.text, caret, this.host.columns());
    this.close();
    if (!found.options.length || caret !== this.input.selectionEnd) return;
    this.completion = found;
    this.list.replaceChildren(...found.options.map((option, at) => this.entry(option, at)));
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
  }

  private entry(option: Option, at: number): HTMLElement {
    const entry = element(
      "li",
      { role: "option", id: `${this.prefix}-${at}`, "aria-selected": "false", title: option.label },
      element("span", { class: "label" }, option.label),
      option.detail ? element("small", {}, option.detail) : null,
    );
    entry.addEventListener("click", () => this.accept(option));
    return entry;
  }

  private accept(option: Option): void {
    if (!this.completion) return;
    const [text, caret] = accept(this.text, this.completion, option);
    this.input.value = text;
    this.input.setSelectionRange(caret, caret);
    this.wrong = null;
    this.colour();
    this.open();
    this.host.typed();
  }

  private pressed(event: KeyboardEvent): void {
    // Letters of a language that is composed are not sent yet.
    if (event.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (this.completion) this.move(event.key === "ArrowDown" ? 1 : -1);
        else this.open();
        break;
      case "Enter": {
        event.preventDefault();
        const option = this.completion?.options[this.active];
        if (option) this.accept(option);
        else this.host.run();
        break;
      }
      case "Tab": {
        // With nothing typed Tab leaves, as everywhere.
        const option = this.completion?.options[this.completion.typed ? Math.max(0, this.active) : this.active];
        if (!option || event.shiftKey) break;
        event.preventDefault();
        this.accept(option);
        break;
      }
      case "Escape":
        if (this.completion) this.close();
        else this.input.blur();
        break;
    }
  }

  private move(by: number): void {
    const entries = [...this.list.children];
    entries[this.active]?.setAttribute("aria-selected", "false");
    this.active = (this.active + by + (by < 0 && this.active < 0 ? 1 : 0) + entries.length) % entries.length;
    const entry = entries[this.active];
    if (!entry) return;
    entry.setAttribute("aria-selected", "true");
    entry.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", entry.id);
  }

  private colour(): void {
    if (!this.wrong) this.input.removeAttribute("aria-invalid");
    const { text } = this;
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const token of tokenize(text)) {
      const wrong = this.wrong && token.start >= this.wrong.start && token.end <= this.wrong.end;
      parts.push(text.slice(at, token.start));
      parts.push(element("span", { class: `${classOf(token)}${wrong ? " mistaken" : ""}` }, token.text));
      at = token.end;
    }
    this.colours.replaceChildren(...parts, text.slice(at));
    this.align();
  }

  private align(): void {
    this.colours.scrollLeft = this.input.scrollLeft;
  }
}

function classOf(token: Token): string {
  if (token.type === "open" || token.type === "wrong") return "odd";
  return isKeyword(token, "AND", "OR", "NOT") ? "joins" : token.type;
}
