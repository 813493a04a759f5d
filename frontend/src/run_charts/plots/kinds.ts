/** The kinds of panels beside curves, in the order of the menu that adds one. */

import { box } from "./box";
import { dotPlot } from "./dot_plot";
import { importance } from "./importance";
import type { PlotKind } from "./kind";
import { parallel } from "./parallel";
import { scatter } from "./scatter";

export const KINDS: readonly PlotKind[] = [scatter, dotPlot, box, parallel, importance];

const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));

export const KIND_NAMES: ReadonlySet<string> = new Set(BY_NAME.keys());

export function kindOf(name: string): PlotKind | undefined {
  return BY_NAME.get(name);
}
