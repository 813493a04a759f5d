/** A text in a frame whose variables, values or differences are marked. */

import { copyButton } from "../shared/copy_button";
import { element } from "../shared/dom";
import { keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import type { Line, MarkedTextData, Part } from "./types";

export class MarkedText implements Mounted<MarkedTextData> {
  private drawn = "";
  private readonly root = element("div", { class: "marked-text" });
  private readonly content = element("div", { class: "content" });

  constructor(args: RendererArgs<MarkedTextData>, style: string) {
    this.root.append(element("style", {}, style), this.content);
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
  }

  update({ data }: RendererArgs<MarkedTextData>): void {
    // Streamlit sends the same data again now and then: what is selected to be copied stays.
    const given = JSON.stringify(data);
    if (given === this.drawn) return;
    this.drawn = given;
    const text = element(
      "div",
      { class: "text", role: "region", "aria-label": data.label, tabindex: 0, dir: "auto" },
      ...data.lines.map(lineOf),
    );
    text.style.maxHeight = `${data.height}px`;
    const tools = data.copied ? copyButton("Copy", () => data.copied) : null;
    this.content.replaceChildren(text, ...(tools ? [element("div", { class: "tools" }, tools)] : []));
  }

  destroy(): void {
    this.root.remove();
  }
}

export function lineOf({ mark, parts }: Line): HTMLElement {
  const content = parts.map(partOf);
  switch (mark) {
    case "added":
      return element("ins", { class: "line added" }, ...content);
    case "removed":
      return element("del", { class: "line removed" }, ...content);
    default:
      return element("div", { class: mark ? `line ${mark}` : "line" }, ...content);
  }
}

function partOf({ text, kind }: Part): Node | string {
  if (!kind) return text;
  const title = kind === "missing" ? "Without a value" : null;
  return element(kind === "changed" ? "strong" : "span", { class: kind, title }, text);
}
