/** The lines above and below the grid: what is shown, how many, and the value under the cursor. */

import { append, button, element, icon, ICONS } from "../../shared/dom";
import { grouped } from "../../shared/numbers";
import type { Shading } from "../types";

export interface BarActions {
  readonly toggleChooser: () => void;
  readonly toggleGrouping: () => void;
  readonly setOnlyDiffering: (only: boolean) => void;
  readonly setShading: (shading: Shading) => void;
  readonly clearSelection: () => void;
  readonly loadMore: () => void;
}

const SHADINGS: Readonly<Record<Shading, string>> = {
  none: "Plain cells",
  heat: "Heat",
  bars: "Bars",
};

export class Bar {
  readonly top = element("div", { class: "bar" });
  readonly foot = element("div", { class: "foot" });
  readonly chooserButton: HTMLButtonElement;
  readonly groupingButton: HTMLButtonElement;
  private readonly groupedBy = element("span", { class: "grouped-by" }, "Group");
  private readonly only = element("input", { type: "checkbox" });
  private readonly shading = element("select", { "aria-label": "Look of metric cells" });
  private readonly counts = element("span", { class: "counts", role: "status" });
  private readonly selected = element("span", { class: "selected" });
  private readonly clear: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private readonly value = element("output", { class: "value" });

  constructor(act: BarActions) {
    this.chooserButton = button(icon(ICONS.columns), act.toggleChooser, {
      class: "tool",
      "aria-haspopup": "dialog",
    });
    this.chooserButton.append("Columns");
    this.groupingButton = button(icon(ICONS.group), act.toggleGrouping, {
      class: "tool",
      "aria-haspopup": "dialog",
    });
    this.groupingButton.append(this.groupedBy);
    this.only.addEventListener("change", () => act.setOnlyDiffering(this.only.checked));
    for (const [name, label] of Object.entries(SHADINGS)) {
      this.shading.append(element("option", { value: name }, label));
    }
    this.shading.addEventListener("change", () => act.setShading(this.shading.value as Shading));
    this.clear = button("Clear", act.clearSelection, { class: "quiet text" });
    this.more = button("Load more", act.loadMore, { class: "quiet text" });
    const only = element("label", { class: "check" }, this.only, "Only what differs");
    append(this.top, [this.chooserButton, this.groupingButton, only, this.shading]);
    append(this.foot, [this.counts, this.more, this.selected, this.clear, this.value]);
    this.showSelected(0);
  }

  showCounts(shown: number, total: string, more: boolean): void {
    const number = Number(total.replace("+", "")) || shown;
    const all = `${total.endsWith("+") ? "more than " : ""}${grouped(number)}`;
    const runs = `${grouped(shown)} ${shown === 1 ? "run" : "runs"}`;
    this.counts.textContent = more ? `The first ${grouped(shown)} of ${all} runs` : runs;
    this.more.hidden = !more;
    this.more.disabled = false;
    this.more.textContent = "Load more";
  }

  /** How many groups there are, and of how many runs. */
  showGroups(groups: number, runs: number): void {
    const of = `${grouped(runs)} ${runs === 1 ? "run" : "runs"}`;
    this.counts.textContent = `${grouped(groups)} ${groups === 1 ? "group" : "groups"} of ${of}`;
    this.more.hidden = true;
  }

  showGrouping(): void {
    this.counts.textContent = "Grouping …";
  }

  /** Whether there is something to group by; nothing of compared runs is. */
  offerGrouping(offered: boolean): void {
    this.groupingButton.hidden = !offered;
  }

  showGroupedBy(labels: readonly string[]): void {
    this.groupedBy.textContent = labels.length ? `Group: ${labels.join(", ")}` : "Group";
    this.groupedBy.title = labels.join(", ");
  }

  showLoading(): void {
    this.more.disabled = true;
    this.more.textContent = "Loading …";
  }

  /** `left` runs of ticked groups are not ticked, as they are not here. */
  showSelected(count: number, left = 0): void {
    const rest = left ? `, ${grouped(left)} more of their groups are not` : "";
    this.selected.textContent = count ? `${grouped(count)} ticked${rest}` : "";
    this.selected.hidden = this.clear.hidden = !count;
  }

  showView(only: boolean, shading: Shading): void {
    this.only.checked = only;
    this.shading.value = shading;
  }

  /** The whole value of the focused cell, as it is copied. */
  showValue(text: string): void {
    this.value.textContent = text;
    this.value.title = text;
  }
}
