/** The charts of runs: what all panels share, and what Python hears of it. */

import { directionOf } from "../runs_table/statistics";
import type { Direction } from "../runs_table/types";
import { Frame } from "../shared/arrow";
import { colourOf } from "../shared/colours";
import { append, element } from "../shared/dom";
import { listen, tell } from "../shared/events";
import {
  debounced,
  keepShortcutsInside,
  type Mounted,
  type RendererArgs,
  signature,
} from "../shared/streamlit";
import { addPlot, type Arrangement, plotId, type PlotSpec, read, usual, write } from "./panels/arrangement";
import { Board } from "./panels/board";
import { type Curve, curvesOf } from "./metrics/curves";
import { Legend } from "./legend";
import { type MetricHost, MetricPanel } from "./metrics/metric_panel";
import { movedBy, movedTo, ordered, orderFor } from "./panels/order";
import type { Panel } from "./panels/panel";
import { plotForm } from "./plots/plot_form";
import { PlotPanel, type PlotsHost } from "./plots/plot_panel";
import { KIND_NAMES, kindOf } from "./plots/kinds";
import { type Section, sectionsOf } from "./panels/sections";
import type { Settings, Zoom } from "./panels/settings";
import { Split } from "./split";
import { same, type Tone, toneOf } from "./theme";
import { Toolbar } from "./toolbar";
import type { ChartsData, Named, RangeFilter, Wanted } from "./types";

const WANTED_PAUSE = 150;
const VIEW_PAUSE = 400;
/** The section of panels of other kinds. */
const PLOTS = "Panels";

export class RunCharts implements Mounted<ChartsData>, MetricHost, PlotsHost {
  readonly root = element("div", { class: "run-charts" });
  private args: RendererArgs<ChartsData>;
  private arrangement: Arrangement = usual();
  private stamp: number | null = null;
  private splitAt: number;
  private curves = new Map<string, Curve[]>();
  private version: string | null = null;
  private rows: Frame;
  private rowsVersion: string | null = null;
  private drawn = "";
  private selection: ReadonlySet<string>;
  private given: readonly string[];
  private readonly panels = new Map<string, Panel>();
  private search = "";
  private currentTone: Tone | null = null;
  private readonly toolbar: Toolbar;
  private readonly adding = element("div", { class: "form" });
  private readonly legend = new Legend((id) => this.hovered(id));
  private readonly note = element("p", { class: "note" });
  private readonly board: Board;
  private readonly split: Split;
  private readonly stop: (() => void)[];
  private sent = "";
  private readonly sendWanted = debounced(WANTED_PAUSE, () => {
    const wanted = this.wanted();
    const text = JSON.stringify(wanted);
    if (text === this.sent) return;
    this.sent = text;
    this.args.setStateValue("wanted", wanted);
  });
  private readonly sendView = debounced(VIEW_PAUSE, () => {
    this.args.setStateValue("view", { charts: write(this.arrangement), split: this.splitAt });
  });

  constructor(args: RendererArgs<ChartsData>, styles: readonly string[]) {
    this.args = args;
    this.splitAt = args.data.split;
    this.rows = new Frame(args.data.rows);
    this.given = args.data.selection;
    this.selection = new Set(this.given);
    this.split = new Split((at) => {
      this.splitAt = at;
      this.sendView();
    });
    this.toolbar = new Toolbar({
      changed: (change) => this.set(change),
      searched: (text) => {
        this.search = text;
        this.board.arrange();
      },
      add: () => this.openForm(),
      showHidden: () => this.arrange({ hidden: new Set() }),
      resetZoom: () => this.arrange({ xRanges: new Map(), yRanges: new Map() }),
    });
    this.board = new Board({
      sections: () => this.sections(),
      panel: (id) => this.panel(id),
      isSearched: () => this.search.trim() !== "",
      nothing: () =>
        this.search
          ? "No metric has these letters in its name."
          : "None of these runs has logged a metric.",
      arranged: () => {
        this.drawAll();
        this.sendWanted();
      },
    });
    this.adding.hidden = true;
    append(this.root, [
      ...styles.map((style) => element("style", {}, style)),
      this.split.root,
      this.toolbar.root,
      this.adding,
      this.legend.root,
      this.note,
      this.board.root,
    ]);
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.root.addEventListener("mouseleave", () => this.hovered(null));
    this.stop = [
      listen("selection", (ids) => {
        this.selection = new Set(ids);
        this.drawAll();
      }),
      listen("hover", (id) => this.highlight(id)),
    ];
  }

  update(args: RendererArgs<ChartsData>): void {
    this.args = args;
    const { data } = args;
    const tone = toneOf(this.root);
    const drawn = signature({ ...data, rows: null }, "curves");
    // A canvas knows nothing of the theme: it is drawn again where that has changed.
    if (drawn === this.drawn && this.currentTone !== null && same(tone, this.currentTone)) return;
    this.drawn = drawn;
    this.currentTone = tone;
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", data.label);
    this.note.textContent = data.note;
    if (this.version !== data.version) {
      this.version = data.version;
      this.curves = curvesOf(data.curves);
    }
    if (this.rowsVersion !== data.rows_version) {
      this.rowsVersion = data.rows_version;
      this.rows = new Frame(data.rows);
    }
    if (this.stamp !== data.view_stamp) {
      this.stamp = data.view_stamp;
      this.arrangement = read(data.charts, KIND_NAMES);
      this.splitAt = data.split;
    }
    if (JSON.stringify(this.given) !== JSON.stringify(data.selection)) {
      this.given = data.selection;
      this.selection = new Set(data.selection);
    }
    this.split.show(this.splitAt);
    this.board.arrange();
  }

  destroy(): void {
    this.sendWanted.cancel();
    this.sendView.cancel();
    for (const stop of this.stop) stop();
    for (const panel of this.panels.values()) panel.destroy();
    this.root.remove();
  }

  // What a panel asks.

  get settings(): Readonly<Settings> {
    return this.arrangement.settings;
  }

  tone(): Tone {
    return (this.currentTone ??= toneOf(this.root));
  }

  metrics(): readonly string[] {
    return this.args.data.metrics;
  }

  columns(): ChartsData["columns"] {
    return this.args.data.columns;
  }

  xRange(panel: string): Zoom {
    return this.arrangement.xRanges.get(this.xRangeKey(panel)) ?? null;
  }

  yRange(panel: string): Zoom {
    return this.arrangement.yRanges.get(panel) ?? null;
  }

  ranged(panel: string, x: Zoom, y: Zoom): void {
    const { xRanges, yRanges } = this.arrangement;
    const isRedrawn = JSON.stringify(y) !== JSON.stringify(this.yRange(panel));
    put(xRanges, this.xRangeKey(panel), x);
    put(yRanges, panel, y);
    this.showToolbar();
    for (const [id, one] of this.panels) one.showRange(this.xRange(id));
    if (isRedrawn) this.draw(panel);
    this.sendView();
  }

  hovered(id: string | null): void {
    tell("hover", id);
  }

  filter(ranges: readonly RangeFilter[]): void {
    this.args.setTriggerValue("filter", ranges);
  }

  hide(panel: string): void {
    const { hidden, plots, enlarged } = this.arrangement;
    const isPlot = plots.some((plot) => plotId(plot) === panel);
    this.arrange({
      plots: plots.filter((plot) => plotId(plot) !== panel),
      hidden: isPlot ? hidden : new Set([...hidden, panel]),
      enlarged: enlarged === panel ? null : enlarged,
    });
  }

  enlarge(panel: string): void {
    const enlarged = this.arrangement.enlarged === panel ? null : panel;
    this.arrangement.enlarged = enlarged;
    for (const [id, one] of this.panels) one.setEnlarged(id === enlarged);
    this.sendView();
  }

  join(panel: string, metrics: readonly string[]): void {
    const joined = new Map(this.arrangement.joined);
    if (metrics.length) joined.set(panel, metrics);
    else joined.delete(panel);
    this.arrange({ joined });
  }

  change(panel: string, plot: PlotSpec): void {
    this.arrange({ plots: this.arrangement.plots.map((one) => (plotId(one) === panel ? plot : one)) });
  }

  move(panel: string, by: number): void {
    this.reorder(panel, (panels) => movedBy(panels, panel, by));
  }

  moveBefore(panel: string, other: string): void {
    this.reorder(panel, (panels) => movedTo(panels, panel, other));
  }

  // The arrangement

  private set(change: Partial<Settings>): void {
    const before = this.settings.axis;
    this.arrangement.settings = { ...this.settings, ...change };
    if (this.settings.axis !== before) {
      // A range of steps is no range of times.
      this.arrangement.xRanges.clear();
      this.sendWanted();
    }
    this.drawAll();
    this.sendView();
  }

  private arrange(change: Partial<Arrangement>): void {
    Object.assign(this.arrangement, change);
    this.board.arrange();
    this.sendView();
  }

  private reorder(panel: string, act: (panels: readonly string[]) => string[]): void {
    const { plots, order } = this.arrangement;
    const section = this.sections().find(({ metrics }) => metrics.includes(panel));
    if (section === undefined) return;
    const wanted = act(section.metrics);
    if (section.name === PLOTS) {
      this.arrange({ plots: wanted.flatMap((id) => plots.filter((plot) => plotId(plot) === id)) });
      return;
    }
    const natural = sectionsOf(section.metrics, "").flatMap(({ metrics }) => metrics);
    this.arrange({ order: orderFor(order, natural, wanted) });
  }

  private openForm(): void {
    const close = () => {
      this.adding.replaceChildren();
      this.adding.hidden = true;
    };
    if (!this.adding.hidden) {
      close();
      return;
    }
    const form = plotForm({
      plot: null,
      columns: this.columns(),
      close,
      done: (plot) => {
        close();
        addPlot(this.arrangement, plot);
        this.arrange({});
      },
    });
    this.adding.replaceChildren(form);
    this.adding.hidden = false;
    form.querySelector("select")?.focus();
  }

  private xRangeKey(panel: string): string {
    return this.settings.together ? "" : panel;
  }

  private highlight(id: string | null): void {
    for (const panel of this.panels.values()) panel.highlight(id);
  }

  private sections(): Section[] {
    const { hidden, order, plots } = this.arrangement;
    const known = this.metrics().filter((metric) => !hidden.has(metric));
    const sections = sectionsOf(known, this.search).map(({ name, metrics }) => ({
      name,
      metrics: ordered(metrics, order),
    }));
    const own = plots.map(plotId);
    return own.length && !this.search.trim() ? [{ name: PLOTS, metrics: own }, ...sections] : sections;
  }

  // Panels

  private panel(id: string): Panel {
    let panel = this.panels.get(id);
    if (panel === undefined) {
      const plot = this.arrangement.plots.find((one) => plotId(one) === id);
      const kind = plot && kindOf(plot.kind);
      panel = plot && kind ? new PlotPanel(plot, kind, this) : new MetricPanel(id, this);
      panel.setEnlarged(id === this.arrangement.enlarged);
      this.panels.set(id, panel);
    }
    return panel;
  }

  private wanted(): Wanted {
    const { plots, joined, settings } = this.arrangement;
    const own = new Set(plots.map(plotId));
    const metrics = this.board.shown().flatMap((id) => (own.has(id) ? [] : [id, ...(joined.get(id) ?? [])]));
    const columns = plots.flatMap((plot) => plot.columns);
    return { axis: settings.axis, metrics: [...new Set(metrics)], columns: [...new Set(columns)] };
  }

  private drawAll(): void {
    const shown = new Set(this.board.shown());
    for (const [id, panel] of this.panels) {
      if (shown.has(id)) {
        panel.setEnlarged(id === this.arrangement.enlarged);
        continue;
      }
      panel.destroy();
      this.panels.delete(id);
    }
    this.showToolbar();
    this.showLegend();
    for (const id of this.panels.keys()) this.draw(id);
  }

  private draw(id: string): void {
    const panel = this.panels.get(id);
    if (panel instanceof PlotPanel) panel.draw(this.rows, this.selection);
    if (!(panel instanceof MetricPanel)) return;
    const { data } = this.args;
    // Curves of another axis are no curves of this one: they are awaited.
    const known = new Set(data.axis === this.settings.axis ? data.read : []);
    const metrics = [id, ...(this.arrangement.joined.get(id) ?? [])];
    const named = this.named();
    const place = new Map(named.map((one, at) => [one.id, at]));
    const curves = metrics.map((metric) => ({
      metric,
      direction: this.direction(metric),
      curves: (this.curves.get(metric) ?? [])
        .filter((curve) => place.has(curve.series))
        .sort((left, right) => (place.get(left.series) ?? 0) - (place.get(right.series) ?? 0)),
    }));
    panel.draw(metrics, metrics.every((metric) => known.has(metric)) ? curves : null, named);
  }

  /** What is drawn: groups, the ticked runs, or the first ones. */
  private named(): readonly Named[] {
    const { groups, most, most_at_first } = this.args.data;
    if (groups !== null) return groups.slice(0, most);
    const found: Named[] = [];
    const ticked = this.selection.size > 0;
    for (let row = 0; row < this.rows.length; row++) {
      if (found.length >= (ticked ? most : most_at_first)) break;
      const id = this.rows.text("run_id", row);
      if (!ticked || this.selection.has(id)) found.push({ id, name: this.rows.text("run_name", row) || id });
    }
    return found;
  }

  private showLegend(): void {
    // The page of one run says whose lines these are.
    const entries = this.isOfOne() ? [] : this.named();
    this.legend.show(entries.map(({ id, name }) => ({ id, name, colour: colourOf(id) })));
  }

  private isOfOne(): boolean {
    return this.args.data.groups === null && this.rows.length === 1;
  }

  private direction(metric: string): Direction {
    return this.args.data.best[`metrics.${metric}`] ?? directionOf(metric);
  }

  private showToolbar(): void {
    const { settings, hidden, xRanges, yRanges } = this.arrangement;
    this.toolbar.show(settings, {
      zoomed: xRanges.size + yRanges.size > 0,
      hidden: hidden.size,
      grouped: this.args.data.groups !== null,
      plottable: this.args.data.columns.length > 0,
    });
  }
}

function put<Value>(into: Map<string, Value>, key: string, value: Value | null): void {
  if (value === null) into.delete(key);
  else into.set(key, value);
}
