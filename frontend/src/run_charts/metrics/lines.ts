/** Curves of one metric or several on one x axis, drawn by uPlot. */

import uPlot from "uplot";
import { colourOf, dashesOf, translucent } from "../../shared/colours";
import { exact, grouped } from "../../shared/numbers";
import { AXIS_LABELS, numbers, pointLabel } from "./axes";
import {
  align,
  bandOf,
  bestSoFar,
  type BandEdges,
  type Curve,
  type Line,
  positive,
  smooth,
} from "./curves";
import type { Direction } from "../../runs_table/types";
import type { Drawing, Entry, Size } from "../panels/drawing";
import { type LinesOfPicture, pictureOf } from "./lines_picture";
import type { Range, Settings, Zoom } from "../panels/settings";
import type { Tone } from "../theme";
import { Tooltip } from "./tooltip";
import type { Named } from "../types";

/** How near the pointer must be to a line to mean it, in pixels. */
const NEAR = 24;
/** A shorter drag is a click. */
const LEAST_DRAG = 4;
/** Line patterns of the metrics of one panel. */
const OF_METRICS: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3], [14, 4], [4, 8]];

/** The curves of a metric. */
export interface MetricCurves {
  readonly metric: string;
  readonly curves: readonly Curve[];
  readonly direction: Direction;
}

export interface LinesSubject {
  readonly metrics: readonly MetricCurves[];
  readonly named: readonly Named[];
  readonly settings: Readonly<Settings>;
  readonly tone: Tone;
  readonly xRange: Zoom;
  readonly yRange: Zoom;
}

export interface LinesHost {
  ranged(x: Zoom, y: Zoom): void;
  hovered(id: string | null): void;
}

/** What one series of the plot is. */
interface Drawn extends Entry {
  /** Lines have values at the pointer; edges of bands and raw lines have none. */
  readonly isLine: boolean;
}

export class Lines implements Drawing {
  readonly note: string;
  private readonly plot: uPlot;
  private readonly tooltip: Tooltip;
  private readonly drawn: Drawn[] = [];
  private readonly bands: uPlot.Band[] = [];
  private readonly ticks = { x: new Map<number, string>(), y: new Map<number, string>() };
  private range: Zoom;

  constructor(
    private readonly place: HTMLElement,
    private readonly subject: LinesSubject,
    private readonly host: LinesHost,
    size: Size,
  ) {
    this.range = subject.xRange;
    this.note = noteOf(subject);
    const { series, data } = this.build();
    this.plot = new uPlot(this.options(series, data[0], size), data, place);
    this.tooltip = new Tooltip(this.plot.over);
  }

  /** The lines for a legend. */
  get entries(): readonly Entry[] {
    return this.drawn.filter((one) => one.isLine);
  }

  highlight(id: string | null): void {
    const at = id === null ? -1 : this.drawn.findIndex((one) => one.isLine && one.id === id);
    // uPlot counts the x axis as the first series.
    if (at >= 0) this.plot.setSeries(at + 1, { focus: true }, false);
    else this.plot.setSeries(null, { focus: true }, false);
  }

  /** Shows this part of the x axis. */
  showRange(range: Zoom): void {
    this.range = range;
    const [first = 0] = this.plot.data[0];
    const last = this.plot.data[0].at(-1) ?? first;
    this.plot.setScale("x", { min: range?.[0] ?? first, max: range?.[1] ?? last });
  }

  resize(size: Size): void {
    this.plot.setSize(size);
  }

  picture(tone: Tone): SVGSVGElement {
    const pictured: LinesOfPicture = {
      plot: this.plot,
      looks: this.drawn.map((_one, at) => this.plot.series[at + 1] ?? {}),
      bands: this.bands,
      ticks: this.ticks,
    };
    return pictureOf(pictured, tone);
  }

  destroy(): void {
    this.plot.destroy();
    this.tooltip.destroy();
    this.place.replaceChildren();
  }

  /** The series: of each curve its band, the raw line behind a smoothed one, the line. */
  private build(): { series: uPlot.Series[]; data: [number[], ...Line[]] } {
    const { settings, metrics, named } = this.subject;
    const names = new Map(named.map(({ id, name }) => [id, name]));
    const lines: { x: readonly number[]; y: (number | null)[] }[] = [];
    const series: uPlot.Series[] = [{}];
    const add = (curve: Curve, y: readonly (number | null)[], look: uPlot.Series, entry: Drawn) => {
      lines.push(onAxes(curve.x, y, settings));
      series.push({ points: { show: false }, ...look });
      this.drawn.push(entry);
      return series.length - 1;
    };
    const ofSeries = dashesOf(named.map(({ id }) => id));
    metrics.forEach(({ metric, curves, direction }, place) => {
      for (const curve of curves) {
        const id = curve.series;
        const colour = colourOf(id);
        // Of one metric patterns tell apart runs of a colour, of several the metrics.
        const dash = [...((metrics.length > 1 ? OF_METRICS[place % OF_METRICS.length] : ofSeries.get(id)) ?? [])];
        const name = [names.get(id) ?? id, ...(metrics.length > 1 ? [metric] : [])].join(" · ");
        const entry = { id, name, colour, dash, isLine: false };
        const band: BandEdges | null = settings.band ? bandOf(curve, settings.spread) : null;
        const best = settings.best && !curve.ofGroup;
        if (band !== null && !best) {
          const upper = add(curve, band.high, { width: 0 }, entry);
          const lower = add(curve, band.low, { width: 0 }, entry);
          this.bands.push({ series: [upper, lower], fill: translucent(colour, 0.18) });
        }
        const values = best ? bestSoFar(extremes(curve, direction), direction) : curve.last;
        if (settings.smoothing) {
          add(curve, values, { stroke: translucent(colour, 0.3), width: 1 }, entry);
        }
        const points = { show: curve.x.length === 1, size: 7, fill: colour };
        const look = { stroke: colour, width: 1.75, points, dash };
        add(curve, smooth(values, settings.smoothing), look, { ...entry, isLine: true });
      }
    });
    return { series, data: align(lines) };
  }

  private options(series: uPlot.Series[], x: number[], size: Size): uPlot.Options {
    const { settings, tone, yRange } = this.subject;
    const axis: uPlot.Axis = {
      stroke: tone.faint,
      font: tone.font,
      grid: { stroke: tone.line, width: 1 },
      ticks: { show: false },
    };
    const whole: Range = [x[0] ?? 0, x.at(-1) ?? 1];
    const labels = AXIS_LABELS[settings.axis];
    const ofX = labels.values ?? numbers;
    return {
      ...size,
      series,
      bands: this.bands,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: {
          time: settings.axis === "time",
          distr: distributionOf(settings.logX),
          // Asked at each draw: a range that was dragged survives new data.
          range: (_plot, min, max) => spread(this.isBuilt ? [min, max] : (this.range ?? whole)),
        },
        y: {
          distr: distributionOf(settings.logY),
          ...(yRange === null ? {} : { range: () => [yRange[0], yRange[1]] as [number, number] }),
        },
      },
      ms: 1,
      axes: [
        { ...axis, size: 28, ...labels, values: (_plot, splits) => this.labelled("x", splits, ofX(splits)) },
        { ...axis, size: 54, values: (_plot, splits) => this.labelled("y", splits, numbers(splits)) },
      ],
      focus: { alpha: 0.25 },
      cursor: {
        // A height in one panel says nothing in another.
        y: false,
        focus: { prox: NEAR },
        drag: { x: true, y: true, uni: 24, setScale: false },
        points: { size: 6 },
        sync: { key: "ml-studio-runs", setSeries: false },
        bind: {
          // uPlot's own double click shows everything, but its range would not be forgotten here.
          dblclick: () => () => {
            this.host.ranged(null, null);
            return null;
          },
        },
      },
      hooks: {
        setSelect: [(plot) => this.selected(plot)],
        setCursor: [(plot) => this.pointed(plot)],
        setSeries: [(_plot, at) => this.focused(at)],
      },
    };
  }

  private get isBuilt(): boolean {
    return (this.plot as uPlot | undefined) !== undefined;
  }

  /** Labels of ticks, which a picture for a file needs too. */
  private labelled(axis: "x" | "y", splits: readonly (number | null)[], labels: string[]): string[] {
    this.ticks[axis].clear();
    splits.forEach((split, at) => {
      if (split !== null) this.ticks[axis].set(split, labels[at] ?? "");
    });
    return labels;
  }

  private selected(plot: uPlot): void {
    const { left, width, top, height } = plot.select;
    const wide = width >= LEAST_DRAG && width < plot.over.clientWidth;
    const high = height >= LEAST_DRAG && height < plot.over.clientHeight;
    if (!wide && !high) return;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    const x = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] as const;
    const y = [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")] as const;
    this.host.ranged(wide ? x : this.range, high ? y : this.subject.yRange);
  }

  private get isPointedAt(): boolean {
    return this.plot.root.matches(":hover");
  }

  private focused(at: number | null): void {
    if (!this.isBuilt || this.plot.cursor.event === undefined || !this.isPointedAt) return;
    this.host.hovered(at === null ? null : (this.drawn[at - 1]?.id ?? null));
  }

  /** The values at the pointer: of the panel under it alone, others show the line only. */
  private pointed(plot: uPlot): void {
    if (!this.isBuilt || (this.tooltip as Tooltip | undefined) === undefined) return;
    const at = plot.cursor.idx;
    if (at === null || at === undefined || !this.isPointedAt) {
      this.tooltip.hide();
      return;
    }
    const x = plot.data[0][at] ?? 0;
    const values = this.drawn.flatMap((entry, place) => {
      const value = nearest(plot.data[place + 1] as Line, at);
      return entry.isLine && value !== null ? [{ ...entry, value }] : [];
    });
    values.sort((left, right) => right.value - left.value);
    const rows = values.map((entry) => ({ ...entry, amount: exact(entry.value) }));
    this.tooltip.show(pointLabel(this.subject.settings.axis, x), rows, plot.cursor.left ?? 0);
  }
}

/** Of a stretch of several values the best one, as the last of them may be worse. */
function extremes(curve: Curve, direction: Direction): readonly (number | null)[] {
  if (direction === "none") return curve.last;
  return direction === "lower" ? curve.min : curve.max;
}

/** What the axes can show of a line. */
function onAxes(
  x: readonly number[],
  y: readonly (number | null)[],
  settings: Readonly<Settings>,
): { x: readonly number[]; y: (number | null)[] } {
  const values = settings.logY ? positive(y) : [...y];
  if (!settings.logX) return { x, y: values };
  const kept = x.flatMap((one, at) => (one > 0 ? [at] : []));
  return { x: kept.map((at) => x[at] ?? 0), y: kept.map((at) => values[at] ?? null) };
}

/** The value of a line at a place, or the last before it where only others have a point. */
function nearest(line: Line, at: number): number | null {
  for (let place = at; place >= 0; place--) {
    const value = line[place];
    if (value !== undefined) return value;
  }
  return null;
}

function distributionOf(logarithmic: boolean): uPlot.Scale.Distr {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's enum is in its types alone
  return logarithmic ? 3 : 1;
}

/** A single x has no width to draw on. */
function spread([min, max]: Range): [number, number] {
  return min < max ? [min, max] : [min - 1, max + 1];
}

function noteOf({ metrics, settings }: LinesSubject): string {
  const curves = metrics.flatMap((one) => one.curves);
  const notes: string[] = [];
  const thinned = curves.filter((curve) => curve.thinned);
  if (thinned.length && settings.band && !settings.best) {
    const most = Math.max(...thinned.map((curve) => curve.logged));
    notes.push(`${grouped(most)} points: the band goes from the lowest to the highest`);
  }
  if (settings.best) {
    const plain = metrics.filter((one) => one.direction === "none").map((one) => one.metric);
    if (plain.length) notes.push(`No best value of ${plain.join(", ")}`);
    if (curves.some((curve) => curve.ofGroup)) notes.push("Groups show their mean");
  }
  const odd = curves.reduce((sum, curve) => sum + curve.nonfinite, 0);
  if (odd) notes.push(`${grouped(odd)} ${odd === 1 ? "value" : "values"} NaN or infinite`);
  return notes.join(" · ");
}

/** Whether a log axis has anything to show of these curves. */
export function hasPositive(metrics: readonly MetricCurves[]): boolean {
  return metrics.some(({ curves }) => curves.some((curve) => curve.last.some((y) => y !== null && y > 0)));
}

