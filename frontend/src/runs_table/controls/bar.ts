/** The lines above and below the grid: what is shown, how many, and the value under the cursor. */

import { append, button, element, icon, ICONS } from "../../shared/dom";
import type { Updates } from "../../shared/events";
import { grouped } from "../../shared/numbers";
import type { Shading } from "../types";

export interface BarActions {
  readonly toggleChooser: () => void;
  readonly toggleGrouping: () => void;
  readonly setOnlyDiffering: (only: boolean) => void;
  readonly setShading: (shading: Shading) => void;
  readonly clearSelection: () => void;
  readonly loadMore: () => void;
  /** Reads the runs again, with those that began meanwhile. */
  readonly readAgain: () => void;
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
  // It takes its room from the beginning: what is told in it moves no table.
  private readonly news = element("div", { class: "news" });
  private readonly running = element("span", { class: "running-now" });
  private readonly begun = element("span");
  // Only the number is announced: a clock that is read aloud every few seconds helps nobody.
  private readonly announced = element("span", { class: "unseen", role: "status" });
  private readonly again: HTMLButtonElement;

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
    this.again = button(icon(ICONS.reset), act.readAgain, { class: "tool begun" });
    this.again.append(this.begun);
    const only = element("label", { class: "check" }, this.only, "Only what differs");
    append(this.top, [this.chooserButton, this.groupingButton, only, this.shading, this.news]);
    append(this.news, [this.running, this.again, this.announced]);
    append(this.foot, [this.counts, this.more, this.selected, this.clear, this.value]);
    this.showSelected(0);
    this.showUpdates(null);
  }

  /** How many runs go on, as of when, and how many began since the table was read. */
  showUpdates(updates: Updates | null): void {
    const { running, begun, at } = updates ?? { running: 0, begun: "0", at: "" };
    this.running.textContent = running ? `${grouped(running)} running, as of ${at}` : "";
    this.again.hidden = begun === "0";
    this.again.disabled = false;
    const text = `${begun} new ${begun === "1" ? "run" : "runs"}`;
    const said = begun === "0" ? "" : text;
    this.begun.textContent = `Show ${text}`;
    if (this.announced.textContent !== said) this.announced.textContent = said;
  }

  showReading(): void {
    this.again.disabled = true;
    this.begun.textContent = "Reading …";
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
