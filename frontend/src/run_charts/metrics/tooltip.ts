/** The values at the pointer, the highest first. */

import { append, element } from "../../shared/dom";
import { nameParts } from "../../shared/names";
import { grouped } from "../../shared/numbers";
import type { Entry } from "../panels/drawing";

/** More lines than this cannot be read in passing. */
const MOST = 12;
/** Pixels between the pointer and the values. */
const GAP = 14;

export interface PointedValue extends Entry {
  readonly amount: string;
}

export class Tooltip {
  private readonly root = element("div", { class: "tooltip", "aria-hidden": "true" });

  constructor(private readonly over: HTMLElement) {
    this.root.hidden = true;
    over.append(this.root);
  }

  /** Shows values beside the pointer, which is so many pixels from the left. */
  show(label: string, values: readonly PointedValue[], pointer: number): void {
    this.root.replaceChildren(element("strong", {}, label));
    for (const { name, colour, amount } of values.slice(0, MOST)) {
      const dot = element("span", { class: "dot" });
      dot.style.setProperty("--run", colour);
      const row = element("div", {}, dot);
      append(row, [
        element("span", { class: "of", dir: "auto" }, ...nameParts(name)),
        element("span", { class: "amount" }, amount),
      ]);
      this.root.append(row);
    }
    if (values.length > MOST) {
      this.root.append(element("div", {}, `${grouped(values.length - MOST)} more`));
    }
    this.root.hidden = values.length === 0;
    this.place(pointer);
  }

  hide(): void {
    this.root.hidden = true;
  }

  /** Beside the pointer where there is more room, and never beyond the edge of the charts. */
  private place(pointer: number): void {
    const over = this.over.getBoundingClientRect();
    const charts = this.over.closest(".run-charts")?.getBoundingClientRect() ?? over;
    const width = this.root.offsetWidth;
    const beside = pointer > over.width / 2 ? pointer - width - GAP : pointer + GAP;
    const least = charts.left - over.left;
    this.root.style.left = `${Math.max(Math.min(beside, charts.right - over.left - width), least)}px`;
  }

  destroy(): void {
    this.root.remove();
  }
}
