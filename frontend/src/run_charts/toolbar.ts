/** The line over the panels: x axis, smoothing, log axes, bands, search, hidden panels. */

import { append, button, element } from "../shared/dom";
import { type Settings, SPREAD_NAMES, SPREADS, type Spread } from "./panels/settings";
import { AXES, AXIS_NAMES, type Axis } from "./types";

export interface ToolbarActions {
  readonly changed: (change: Partial<Settings>) => void;
  readonly searched: (text: string) => void;
  readonly add: () => void;
  readonly showHidden: () => void;
  readonly resetZoom: () => void;
}

const SWITCHES = [
  ["logY", "Log y"],
  ["logX", "Log x"],
  ["band", "Band"],
  ["best", "Best so far"],
  ["together", "Zoom together"],
] as const;

export class Toolbar {
  readonly root = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Charts" });
  private readonly axis = selectOf("x axis", AXES, AXIS_NAMES);
  private readonly spread = selectOf("Band of groups", SPREADS, SPREAD_NAMES);
  private readonly smoothing = element("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: 0 });
  private readonly amount = element("output", {}, "0");
  private readonly ticks = new Map<(typeof SWITCHES)[number][0], HTMLInputElement>();
  private readonly reset: HTMLButtonElement;
  private readonly hidden: HTMLButtonElement;
  private readonly add: HTMLButtonElement;

  constructor(act: ToolbarActions) {
    const search = element("input", {
      type: "search",
      placeholder: "Search metrics",
      "aria-label": "Search metrics",
    });
    search.addEventListener("input", () => act.searched(search.value));
    this.axis.addEventListener("change", () => act.changed({ axis: this.axis.value as Axis }));
    this.spread.addEventListener("change", () => act.changed({ spread: this.spread.value as Spread }));
    this.smoothing.addEventListener("input", () => {
      this.amount.textContent = this.smoothing.value;
      act.changed({ smoothing: Number(this.smoothing.value) });
    });
    const smoothing = element("label", {}, "Smoothing", this.smoothing, this.amount);
    append(this.root, [search, this.axis, smoothing]);
    for (const [key, label] of SWITCHES) {
      const tick = element("input", { type: "checkbox" });
      tick.addEventListener("change", () => act.changed({ [key]: tick.checked }));
      this.ticks.set(key, tick);
      this.root.append(element("label", {}, tick, label));
    }
    this.reset = button("Whole range", act.resetZoom, { class: "quiet text" });
    this.hidden = button("", act.showHidden, { class: "quiet text" });
    this.add = button("Add a panel", act.add, { class: "button" });
    append(this.root, [this.spread, this.reset, this.hidden, this.add]);
  }

  /** `plottable` offers panels of other kinds, which are about columns. */
  show(
    settings: Readonly<Settings>,
    state: { zoomed: boolean; hidden: number; grouped: boolean; plottable: boolean },
  ): void {
    this.axis.value = settings.axis;
    this.spread.value = settings.spread;
    this.spread.hidden = !state.grouped || !settings.band;
    this.smoothing.value = String(settings.smoothing);
    this.amount.textContent = String(settings.smoothing);
    for (const [key, tick] of this.ticks) tick.checked = settings[key];
    this.add.hidden = !state.plottable;
    this.reset.hidden = !state.zoomed;
    this.hidden.hidden = !state.hidden;
    this.hidden.textContent = `Show ${state.hidden} hidden`;
  }
}

function selectOf<Value extends string>(
  label: string,
  values: readonly Value[],
  names: Readonly<Record<Value, string>>,
): HTMLSelectElement {
  const select = element("select", { "aria-label": label });
  for (const value of values) select.append(element("option", { value }, names[value]));
  return select;
}
