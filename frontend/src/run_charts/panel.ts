/** One metric: its lines, its bands, and the values at the pointer. */

import uPlot from "uplot";
import { colourOf, dashesOf, translucent } from "../shared/colours";
import { append, button, element, icon, ICONS } from "../shared/dom";
import { duration, exact, grouped, moment } from "../shared/numbers";
import { AXIS_LABELS } from "./axes";
import { align, type Curve, type Line, positive, smooth } from "./curves";
import { dotsOf } from "./dots";
import type { Settings, Zoom } from "./settings";
import type { Tone } from "./theme";
import { Tooltip } from "./tooltip";
import type { Axis, RunName } from "./types";

const HEIGHT = 210;
const ENLARGED = 420;
/** How near the pointer must be to a line to mean it, in pixels. */
const NEAR = 24;
export interface PanelHost {
  readonly settings: Settings;
  tone(): Tone;
  zoom(metric: string): Zoom;
  zoomed(metric: string, zoom: Zoom): void;
  hovered(runId: string | null): void;
  hide(metric: string): void;
  enlarge(metric: string): void;
}

export class Panel {
  readonly root: HTMLElement;
  private readonly place = element("div", { class: "plot" });
  private readonly note = element("p", { class: "note" });
  private readonly enlargeButton: HTMLButtonElement;
  private plot: uPlot | null = null;
  private tooltip: Tooltip | null = null;
  /** The run of each series of the plot; null for bands and raw lines. */
  private series: (string | null)[] = [];
  private curves: readonly Curve[] = [];
  private names = new Map<string, string>();
  private enlarged = false;
  private readonly observer: ResizeObserver;

  constructor(
    readonly metric: string,
    private readonly host: PanelHost,
  ) {
    const title = element("h3", { title: metric, dir: "auto" }, metric);
    this.enlargeButton = button(icon(ICONS.enlarge), () => host.enlarge(metric), {
      class: "quiet",
      "aria-label": `Enlarge ${metric}`,
      title: "Enlarge",
    });
    const hide = button(icon(ICONS.hide), () => host.hide(metric), {
      class: "quiet",
      "aria-label": `Hide ${metric}`,
      title: "Hide",
    });
    this.root = element("figure", { class: "panel", role: "group", "aria-label": metric });
    append(this.root, [
      element("header", {}, title, this.enlargeButton, hide),
      this.place,
      this.note,
    ]);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.place);
  }

  /** Draws curves; null where they have not been read yet. */
  draw(curves: readonly Curve[] | null, runs: readonly RunName[]): void {
    this.clear();
    this.names = new Map(runs.map((run) => [run.id, run.name]));
    this.curves = curves ?? [];
    this.root.classList.toggle("waiting", curves === null);
    this.root.classList.remove("empty");
    this.note.textContent = "";
    if (curves === null) return;
    if (!curves.length) {
      this.note.textContent = "None of the shown runs has this metric.";
    } else if (curves.every((curve) => curve.logged === 1)) {
      this.place.append(dotsOf(curves, this.names, (id) => this.host.hovered(id)));
    } else this.drawLines();
    this.note.textContent ||= noteOf(this.curves);
    this.root.classList.toggle("empty", !this.place.hasChildNodes());
  }

  setEnlarged(enlarged: boolean): void {
    if (enlarged === this.enlarged) return;
    this.enlarged = enlarged;
    this.root.classList.toggle("enlarged", enlarged);
    const label = enlarged ? "Reduce" : "Enlarge";
    this.enlargeButton.replaceChildren(icon(enlarged ? ICONS.reduce : ICONS.enlarge));
    this.enlargeButton.setAttribute("aria-label", `${label} ${this.metric}`);
    this.enlargeButton.title = label;
    this.resize();
  }

  /** Draws the line of a run strongly and the others faintly; null draws all alike. */
  highlight(runId: string | null): void {
    for (const dot of this.place.querySelectorAll<HTMLElement>("[data-run]")) {
      dot.classList.toggle("pointed", dot.dataset.run === runId);
    }
    if (this.plot === null) return;
    const at = runId === null ? -1 : this.series.indexOf(runId);
    // uPlot counts the x axis as the first series.
    if (at >= 0) this.plot.setSeries(at + 1, { focus: true }, false);
    else this.plot.setSeries(null, { focus: true }, false);
  }

  /** Shows the part of the x axis that the host says. */
  applyZoom(): void {
    if (this.plot === null) return;
    const zoom = this.host.zoom(this.metric);
    const [first = 0] = this.plot.data[0];
    const last = this.plot.data[0].at(-1) ?? first;
    this.plot.setScale("x", { min: zoom?.[0] ?? first, max: zoom?.[1] ?? last });
  }

  destroy(): void {
    this.observer.disconnect();
    this.clear();
    this.root.remove();
  }

  private clear(): void {
    this.plot?.destroy();
    this.plot = null;
    this.tooltip?.destroy();
    this.tooltip = null;
    this.place.replaceChildren();
  }

  private resize(): void {
    if (this.plot === null || !this.place.clientWidth) return;
    this.plot.setSize({ width: this.place.clientWidth, height: this.height });
  }

  private get height(): number {
    return this.enlarged ? ENLARGED : HEIGHT;
  }

  private drawLines(): void {
    const { settings } = this.host;
    const keep = settings.logY ? positive : (values: readonly (number | null)[]) => [...values];
    const drawn = this.curves.map((curve) => (settings.logX ? withoutZero(curve) : curve));
    if (settings.logY && drawn.every((curve) => positive(curve.last).every((y) => y === null))) {
      this.note.textContent = "No value above zero: a log axis has nothing to show.";
      return;
    }
    const lines: { x: readonly number[]; y: (number | null)[] }[] = [];
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    this.series = [];
    const add = (curve: Curve, y: (number | null)[], look: uPlot.Series, runId: string | null) => {
      lines.push({ x: curve.x, y: keep(y) });
      series.push({ points: { show: false }, ...look });
      this.series.push(runId);
      return series.length - 1;
    };
    const smoothing = settings.smoothing;
    const dashes = dashesOf([...this.names.keys()]);
    for (const curve of drawn) {
      const colour = colourOf(curve.runId);
      if (curve.thinned && settings.band) {
        const upper = add(curve, [...curve.max], { width: 0 }, null);
        const lower = add(curve, [...curve.min], { width: 0 }, null);
        bands.push({ series: [upper, lower], fill: translucent(colour, 0.18) });
      }
      if (smoothing) add(curve, [...curve.last], { stroke: translucent(colour, 0.3), width: 1 }, null);
      const points = { show: curve.x.length === 1, size: 7, fill: colour };
      const line = smoothing ? smooth(curve.last, smoothing) : [...curve.last];
      const dash = [...(dashes.get(curve.runId) ?? [])];
      add(curve, line, { stroke: colour, width: 1.75, points, dash }, curve.runId);
    }
    const data = align(lines);
    this.plot = new uPlot(this.options(series, bands, data[0]), data, this.place);
    this.tooltip = new Tooltip(this.plot.over);
  }

  private options(series: uPlot.Series[], bands: uPlot.Band[], x: number[]): uPlot.Options {
    const { settings } = this.host;
    const tone = this.host.tone();
    const axis: uPlot.Axis = {
      stroke: tone.faint,
      font: tone.font,
      grid: { stroke: tone.line, width: 1 },
      ticks: { show: false },
    };
    const whole: [number, number] = [x[0] ?? 0, x.at(-1) ?? 1];
    return {
      width: this.place.clientWidth || 320,
      height: this.height,
      series,
      bands,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: {
          time: settings.axis === "time",
          distr: distributionOf(settings.logX),
          // Asked at each draw: a range that was dragged survives new data.
          range: (_plot, min, max) => spread(this.plot ? [min, max] : (this.host.zoom(this.metric) ?? whole)),
        },
        y: { distr: distributionOf(settings.logY) },
      },
      ms: 1,
      axes: [
        { ...axis, size: 28, ...AXIS_LABELS[settings.axis] },
        { ...axis, size: 54, values: numbers },
      ],
      focus: { alpha: 0.25 },
      cursor: {
        // A height in one panel says nothing in another.
        y: false,
        focus: { prox: NEAR },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        sync: { key: "ml-studio-runs", setSeries: false },
        bind: {
          // uPlot's own double click shows everything, but its range would not be forgotten here.
          dblclick: () => () => {
            this.host.zoomed(this.metric, null);
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

  private selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const zoom = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] as const;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.host.zoomed(this.metric, zoom);
  }

  private focused(at: number | null): void {
    if (this.plot?.cursor.event === undefined || !this.root.matches(":hover")) return;
    this.host.hovered(at === null ? null : (this.series[at - 1] ?? null));
  }

  /** The values at the pointer: of the panel under it alone, others show the line only. */
  private pointed(plot: uPlot): void {
    const at = plot.cursor.idx;
    if (this.tooltip === null) return;
    if (at === null || at === undefined || !this.root.matches(":hover")) {
      this.tooltip.hide();
      return;
    }
    const x = plot.data[0][at] ?? 0;
    const values = this.series.flatMap((runId, place) => {
      const value = nearest(plot.data[place + 1] as Line, at);
      if (runId === null || value === null) return [];
      return [{ runId, name: this.names.get(runId) ?? runId, value }];
    });
    values.sort((left, right) => right.value - left.value);
    this.tooltip.show(plot, labelOf(this.host.settings.axis, x), values);
  }
}

/** The value of a line at a place, or the last before it where only others have a point. */
function nearest(line: Line, at: number): number | null {
  for (let place = at; place >= 0; place--) {
    const value = line[place];
    if (value !== undefined) return value;
  }
  return null;
}

function withoutZero(curve: Curve): Curve {
  const kept = curve.x.flatMap((x, at) => (x > 0 ? [at] : []));
  const pick = <Item>(items: readonly Item[]) => kept.map((at) => items[at] as Item);
  return { ...curve, x: pick(curve.x), last: pick(curve.last), min: pick(curve.min), max: pick(curve.max) };
}

function distributionOf(logarithmic: boolean): uPlot.Scale.Distr {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's enum is in its types alone
  return logarithmic ? 3 : 1;
}

/** A single x has no width to draw on. */
function spread([min, max]: readonly [number, number]): [number, number] {
  return min < max ? [min, max] : [min - 1, max + 1];
}

function labelOf(axis: Axis, x: number): string {
  if (axis === "step") return `Step ${grouped(x)}`;
  return axis === "relative" ? duration(x) || "0 s" : moment(x);
}

function numbers(_plot: uPlot, splits: number[]): string[] {
  return splits.map((split) => (split as number | null) === null ? "" : short(split));
}

/** Ticks are round numbers of the axis, so few digits say them exactly. */
function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return exact(Number(value.toPrecision(8)));
}

function noteOf(curves: readonly Curve[]): string {
  const notes: string[] = [];
  const most = Math.max(0, ...curves.map((curve) => curve.logged));
  if (curves.some((curve) => curve.thinned)) {
    notes.push(`${grouped(most)} points: the band goes from the lowest to the highest`);
  }
  const odd = curves.reduce((sum, curve) => sum + curve.nonfinite, 0);
  if (odd) notes.push(`${grouped(odd)} ${odd === 1 ? "value" : "values"} NaN or infinite`);
  return notes.join(" · ");
}
