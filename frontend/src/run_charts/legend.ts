/** What is drawn in the panels: each run or group by its colour. */

import { element } from "../shared/dom";
import { nameParts } from "../shared/names";
import type { Entry } from "./panels/drawing";

export class Legend {
  readonly root = element("ul", { class: "legend", "aria-label": "Drawn lines" });
  private shown = "";

  constructor(private readonly hovered: (id: string | null) => void) {
    this.root.addEventListener("mouseleave", () => hovered(null));
  }

  show(entries: readonly Entry[]): void {
    const text = JSON.stringify(entries);
    if (text === this.shown) return;
    this.shown = text;
    this.root.hidden = !entries.length;
    this.root.replaceChildren(...entries.map((entry) => this.item(entry)));
  }

  private item({ id, name, colour }: Entry): HTMLElement {
    const dot = element("span", { class: "dot" });
    dot.style.setProperty("--run", colour);
    const label = element("span", { class: "of", dir: "auto" }, ...nameParts(name));
    const item = element("li", { title: name }, dot, label);
    item.addEventListener("mouseenter", () => this.hovered(id));
    return item;
  }
}
