/** What stands in a panel: lines, dots, or a plot of another kind. */

import type { Tone } from "../theme";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A line of a legend. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly dash?: readonly number[];
}

/** Something drawn, until it is destroyed. */
export interface Drawing {
  /** What the drawing leaves out or means; empty for nothing. */
  readonly note: string;
  /** Draws one run or group strongly and the others faintly; null draws all alike. */
  highlight(id: string | null): void;
  resize(size: Size): void;
  /** The drawing for a file, with its colours in it; null where there is nothing to keep. */
  picture(tone: Tone): SVGSVGElement | null;
  destroy(): void;
}
