/** How all charts are drawn: what a person sets over them. */

import type { Axis } from "../types";

/** What the band of a group goes over. */
export const SPREADS = ["deviation", "interval", "range"] as const;
export type Spread = (typeof SPREADS)[number];

export const SPREAD_NAMES: Readonly<Record<Spread, string>> = {
  deviation: "± deviation",
  interval: "95% interval",
  range: "Min to max",
};

export interface Settings {
  axis: Axis;
  smoothing: number;
  logX: boolean;
  logY: boolean;
  band: boolean;
  /** Each line is the best value up to there. */
  best: boolean;
  /** Ranges of x that are dragged in one panel hold for all. */
  together: boolean;
  spread: Spread;
}

/** A part of an axis; null is all of it. */
export type Range = readonly [from: number, to: number];
export type Zoom = Range | null;

export const AT_FIRST: Readonly<Settings> = {
  axis: "step",
  smoothing: 0,
  logX: false,
  logY: false,
  band: true,
  best: false,
  together: true,
  spread: "deviation",
};
