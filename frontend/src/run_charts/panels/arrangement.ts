/**
 * What a person arranged, as a short text for the address: what a link or a saved view shows.
 *
 *     x~relative  smooth~0.6  logx  logy  noband  best  apart  spread~interval    for all panels
 *     with~loss~val/loss      metrics that are drawn in the panel of the first
 *     order~acc~loss          panels that come first in their section, in this order
 *     hide~loss  large~acc    hidden panels; the enlarged one
 *     xrange~10~200[~loss]    a part of the x axis, of all panels or of one
 *     yrange~0~1~loss         a part of the y axis of a panel
 *     scatter~params.lr~metrics.loss      a panel of another kind, with its columns
 *
 * Items stand between commas. MLflow takes neither a comma nor a tilde into a name. The usual is
 * not written; what cannot be read is left out.
 */

import { AT_FIRST, type Range, type Settings, SPREADS } from "./settings";
import { AXES } from "../types";

/** A panel of another kind than lines: which kind, and the columns it is about. */
export interface PlotSpec {
  readonly kind: string;
  readonly columns: readonly string[];
}

export interface Arrangement {
  settings: Settings;
  /** The further metrics of a panel, by its first one. */
  joined: Map<string, readonly string[]>;
  order: readonly string[];
  hidden: Set<string>;
  enlarged: string | null;
  /** By panel; "" is for all. */
  xRanges: Map<string, Range>;
  yRanges: Map<string, Range>;
  plots: readonly PlotSpec[];
}

const ITEM = ",";
const FIELD = "~";

export function usual(): Arrangement {
  return {
    settings: { ...AT_FIRST },
    joined: new Map(),
    order: [],
    hidden: new Set(),
    enlarged: null,
    xRanges: new Map(),
    yRanges: new Map(),
    plots: [],
  };
}

/** The id of a panel of another kind, which no metric has for a name. */
export function plotId(plot: PlotSpec): string {
  return [plot.kind, ...plot.columns].join("|");
}

export function read(text: string, kinds: ReadonlySet<string>): Arrangement {
  const found = usual();
  for (const item of text.split(ITEM)) {
    const [word = "", ...rest] = item.split(FIELD);
    const fields = rest.filter((field) => field !== "");
    if (kinds.has(word)) addPlot(found, { kind: word, columns: fields });
    else readWord(found, word, fields);
  }
  return found;
}

/** Adds a panel of another kind, once. */
export function addPlot(to: Arrangement, plot: PlotSpec): void {
  const id = plotId(plot);
  if (plot.columns.length && !to.plots.some((one) => plotId(one) === id)) {
    to.plots = [...to.plots, plot];
  }
}

function readWord(found: Arrangement, word: string, fields: readonly string[]): void {
  const { settings } = found;
  const [first = ""] = fields;
  switch (word) {
    case "x":
      settings.axis = AXES.find((axis) => axis === first) ?? settings.axis;
      break;
    case "smooth": {
      const weight = Number(first);
      if (weight > 0 && weight < 1) settings.smoothing = weight;
      break;
    }
    case "logx":
      settings.logX = true;
      break;
    case "logy":
      settings.logY = true;
      break;
    case "noband":
      settings.band = false;
      break;
    case "best":
      settings.best = true;
      break;
    case "apart":
      settings.together = false;
      break;
    case "spread":
      settings.spread = SPREADS.find((spread) => spread === first) ?? settings.spread;
      break;
    case "with":
      if (fields.length > 1) found.joined.set(first, [...new Set(fields.slice(1))]);
      break;
    case "order":
      found.order = [...new Set(fields)];
      break;
    case "hide":
      found.hidden = new Set(fields);
      break;
    case "large":
      found.enlarged = first || null;
      break;
    case "xrange":
      readRange(found.xRanges, fields);
      break;
    case "yrange":
      readRange(found.yRanges, fields);
      break;
  }
}

function readRange(into: Map<string, Range>, [from, to, panel = ""]: readonly string[]): void {
  const range = [Number(from), Number(to)] as const;
  if (isRange(range)) into.set(panel, range);
}

export function isRange([from, to]: Range): boolean {
  return Number.isFinite(from) && Number.isFinite(to) && from < to;
}

export function write(arrangement: Arrangement): string {
  const { settings } = arrangement;
  const items: (readonly (string | number)[])[] = [];
  if (settings.axis !== AT_FIRST.axis) items.push(["x", settings.axis]);
  if (settings.smoothing) items.push(["smooth", settings.smoothing]);
  if (settings.logX) items.push(["logx"]);
  if (settings.logY) items.push(["logy"]);
  if (!settings.band) items.push(["noband"]);
  if (settings.best) items.push(["best"]);
  if (!settings.together) items.push(["apart"]);
  if (settings.spread !== AT_FIRST.spread) items.push(["spread", settings.spread]);
  for (const plot of arrangement.plots) items.push([plot.kind, ...plot.columns]);
  for (const [panel, metrics] of arrangement.joined) {
    if (metrics.length) items.push(["with", panel, ...metrics]);
  }
  if (arrangement.order.length) items.push(["order", ...arrangement.order]);
  if (arrangement.hidden.size) items.push(["hide", ...arrangement.hidden]);
  if (arrangement.enlarged !== null) items.push(["large", arrangement.enlarged]);
  for (const [panel, [from, to]] of arrangement.xRanges) {
    items.push(["xrange", from, to, ...(panel ? [panel] : [])]);
  }
  for (const [panel, [from, to]] of arrangement.yRanges) items.push(["yrange", from, to, panel]);
  return items.map((item) => item.join(FIELD)).join(ITEM);
}
