/** The line over the panels: x axis, smoothing, log axes, band, search, hidden panels. */

import { append, button, element } from "../shared/dom";
import type { Settings } from "./settings";
import { AXES, AXIS_NAMES, type Axis } from "./types";

export interface ToolbarActions {
  readonly changed: (settings: Settings) => void;
  readonly axisChanged: (axis: Axis) => void;
  readonly searched: (text: string) => void;
  readonly showHidden: () => void;
  readonly resetZoom: () => void;
}

const SWITCHES = [
  ["logY", "Log y"],
  ["logX", "Log x"],
  ["band", "Band"],
  ["together", "Zoom together"],
] as const;

export class Toolbar {
  readonly root = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Charts" });
  private readonly hidden: HTMLButtonElement;
  private readonly reset: HTMLButtonElement;

  constructor(settings: Settings, act: ToolbarActions) {
    const search = element("input", {
      type: "search",
      placeholder: "Search metrics",
      "aria-label": "Search metrics",
    });
    search.addEventListener("input", () => act.searched(search.value));
    const axis = element("select", { "aria-label": "x axis" });
    for (const name of AXES) axis.append(element("option", { value: name }, AXIS_NAMES[name]));
    axis.value = settings.axis;
    axis.addEventListener("change", () => act.axisChanged(axis.value as Axis));
    const smoothing = element("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: 0 });
    const amount = element("output", {}, "0");
    smoothing.addEventListener("input", () => {
      settings.smoothing = Number(smoothing.value);
      amount.textContent = smoothing.value;
      act.changed(settings);
    });
    append(this.root, [search, axis, element("label", {}, "Smoothing", smoothing, amount)]);
    for (const [key, label] of SWITCHES) {
      const tick = element("input", { type: "checkbox" });
      tick.checked = settings[key];
      tick.addEventListener("change", () => {
        settings[key] = tick.checked;
        act.changed(settings);
      });
      this.root.append(element("label", {}, tick, label));
    }
    this.reset = button("Whole range", act.resetZoom, { class: "quiet text" });
    this.hidden = button("", act.showHidden, { class: "quiet text" });
    append(this.root, [this.reset, this.hidden]);
    this.showZoomed(false);
    this.showHidden(0);
  }

  showZoomed(zoomed: boolean): void {
    this.reset.hidden = !zoomed;
  }

  showHidden(count: number): void {
    this.hidden.hidden = !count;
    this.hidden.textContent = `Show ${count} hidden`;
  }
}
