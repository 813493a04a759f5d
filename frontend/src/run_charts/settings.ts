/** How the charts are drawn: what a person sets over them. */

import type { Axis } from "./types";

export interface Settings {
  axis: Axis;
  smoothing: number;
  logX: boolean;
  logY: boolean;
  band: boolean;
  /** Ranges that are dragged in one panel hold for all. */
  together: boolean;
}

/** A part of the x axis, by its kind: a range of steps says nothing about times. */
export type Zoom = readonly [from: number, to: number] | null;

export const AT_FIRST: Settings = {
  axis: "step",
  smoothing: 0,
  logX: false,
  logY: false,
  band: true,
  together: true,
};
