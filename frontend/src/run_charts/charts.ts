/** The panels of metrics in their sections, and what they share: runs, zoom, pointer. */

import { append, button, element } from "../shared/dom";
import { listen, tell } from "../shared/events";
import { grouped } from "../shared/numbers";
import {
  debounced,
  keepShortcutsInside,
  type Mounted,
  type RendererArgs,
  signature,
} from "../shared/streamlit";
import { type Curve, curvesOf } from "./curves";
import { Panel, type PanelHost } from "./panel";
import { isSystem, type Section, sectionsOf } from "./sections";
import { AT_FIRST, type Settings, type Zoom } from "./settings";
import { same, type Tone, toneOf } from "./theme";
import { Toolbar } from "./toolbar";
import type { Axis, ChartsData, RunName, Wanted } from "./types";

/** Panels of a section that are drawn before somebody asks for more. */
const FIRST = 12;
const WANTED_PAUSE = 150;

export class RunCharts implements Mounted<ChartsData>, PanelHost {
  settings: Settings = { ...AT_FIRST };
  private args: RendererArgs<ChartsData>;
  private curves = new Map<string, Curve[]>();
  private version: string | null = null;
  private drawn = "";
  private selection: ReadonlySet<string>;
  private given: readonly string[];
  private readonly panels = new Map<string, Panel>();
  private readonly open = new Map<string, boolean>();
  private readonly most = new Map<string, number>();
  private readonly hidden = new Set<string>();
  private readonly zooms = new Map<string, Zoom>();
  private enlarged: string | null = null;
  private search = "";
  private currentTone: Tone | null = null;
  private readonly root = element("div", { class: "run-charts" });
  private readonly list = element("div", { class: "sections" });
  private readonly toolbar: Toolbar;
  private readonly stop: (() => void)[];
  private sent = "";
  private readonly sendWanted = debounced(WANTED_PAUSE, () => {
    const wanted: Wanted = { axis: this.settings.axis, metrics: this.shownMetrics() };
    const text = JSON.stringify(wanted);
    if (text === this.sent) return;
    this.sent = text;
    this.args.setStateValue("wanted", wanted);
  });

  constructor(args: RendererArgs<ChartsData>, styles: readonly string[]) {
    this.args = args;
    this.settings.axis = args.data.axis;
    this.given = args.data.selection;
    this.selection = new Set(this.given);
    this.toolbar = new Toolbar(this.settings, {
      changed: () => this.drawAll(),
      axisChanged: (axis) => this.axisChanged(axis),
      searched: (text) => {
        this.search = text;
        this.arrange();
      },
      showHidden: () => {
        this.hidden.clear();
        this.arrange();
      },
      resetZoom: () => {
        this.zooms.clear();
        this.showZooms();
      },
    });
    append(this.root, [...styles.map((style) => element("style", {}, style)), this.toolbar.root, this.list]);
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
    const drawn = signature(data, "curves");
    // A canvas knows nothing of the theme: it is drawn again where that has changed.
    if (drawn === this.drawn && this.currentTone !== null && same(tone, this.currentTone)) return;
    this.drawn = drawn;
    this.currentTone = tone;
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", data.label);
    if (this.version !== data.version) {
      this.version = data.version;
      this.curves = curvesOf(data.curves);
    }
    if (JSON.stringify(this.given) !== JSON.stringify(data.selection)) {
      this.given = data.selection;
      this.selection = new Set(data.selection);
    }
    this.arrange();
  }

  destroy(): void {
    this.sendWanted.cancel();
    for (const stop of this.stop) stop();
    for (const panel of this.panels.values()) panel.destroy();
    this.root.remove();
  }

  // What a panel asks.

  tone(): Tone {
    return (this.currentTone ??= toneOf(this.root));
  }

  zoom(metric: string): Zoom {
    return this.zooms.get(this.zoomKey(metric)) ?? null;
  }

  zoomed(metric: string, zoom: Zoom): void {
    if (zoom === null) this.zooms.delete(this.zoomKey(metric));
    else this.zooms.set(this.zoomKey(metric), zoom);
    this.showZooms();
  }

  hovered(runId: string | null): void {
    tell("hover", runId);
  }

  hide(metric: string): void {
    this.hidden.add(metric);
    this.arrange();
  }

  enlarge(metric: string): void {
    this.enlarged = this.enlarged === metric ? null : metric;
    for (const [name, panel] of this.panels) panel.setEnlarged(name === this.enlarged);
  }

  private zoomKey(metric: string): string {
    return this.settings.together ? "" : metric;
  }

  private showZooms(): void {
    this.toolbar.showZoomed(this.zooms.size > 0);
    for (const panel of this.panels.values()) panel.applyZoom();
  }

  private highlight(runId: string | null): void {
    for (const panel of this.panels.values()) panel.highlight(runId);
  }

  private axisChanged(axis: Axis): void {
    this.settings.axis = axis;
    // A range of steps is no range of times.
    this.zooms.clear();
    this.toolbar.showZoomed(false);
    this.drawAll();
    this.sendWanted();
  }

  // Sections

  private sections(): Section[] {
    const known = this.args.data.metrics.filter((metric) => !this.hidden.has(metric));
    return sectionsOf(known, this.search);
  }

  private isOpen(section: Section): boolean {
    // A search opens what it finds; the machine's metrics wait until somebody asks.
    return this.open.get(section.name) ?? (!isSystem(section) || this.search.trim() !== "");
  }

  private shownOf(section: Section): readonly string[] {
    if (!this.isOpen(section)) return [];
    return section.metrics.slice(0, this.most.get(section.name) ?? FIRST);
  }

  private shownMetrics(): string[] {
    return this.sections().flatMap((section) => this.shownOf(section));
  }

  private arrange(): void {
    const sections = this.sections();
    const shown = new Set(sections.flatMap((section) => this.shownOf(section)));
    for (const [metric, panel] of this.panels) {
      if (shown.has(metric)) continue;
      panel.destroy();
      this.panels.delete(metric);
    }
    this.list.replaceChildren(...sections.map((section) => this.section(section)));
    if (!sections.length) {
      const said = this.search
        ? "No metric has these letters in its name."
        : "None of these runs has logged a metric.";
      this.list.append(element("p", { class: "nothing" }, said));
    }
    this.toolbar.showHidden(this.hidden.size);
    this.drawAll();
    this.sendWanted();
  }

  private section(section: Section): HTMLElement {
    const open = this.isOpen(section);
    const shown = this.shownOf(section);
    const heading = button(`${section.name} · ${grouped(section.metrics.length)}`, () => {
      this.open.set(section.name, !open);
      this.arrange();
    }, { class: "heading", "aria-expanded": String(open) });
    const panels = element("div", { class: "panels" });
    for (const metric of shown) panels.append(this.panel(metric).root);
    const rest = open ? section.metrics.length - shown.length : 0;
    const more = rest
      ? button(`Show ${grouped(Math.min(rest, FIRST))} more of ${grouped(rest)}`, () => {
          this.most.set(section.name, shown.length + FIRST);
          this.arrange();
        }, { class: "quiet text" })
      : null;
    return element("section", { "aria-label": section.name }, element("h2", {}, heading), panels, more);
  }

  private panel(metric: string): Panel {
    let panel = this.panels.get(metric);
    if (panel === undefined) {
      panel = new Panel(metric, this);
      panel.setEnlarged(metric === this.enlarged);
      this.panels.set(metric, panel);
    }
    return panel;
  }

  private drawAll(): void {
    const { data } = this.args;
    // Curves of another axis are no curves of this one: they are awaited.
    const read = new Set(data.axis === this.settings.axis ? data.read : []);
    const runs = this.drawnRuns();
    const ids = new Set(runs.map((run) => run.id));
    for (const [metric, panel] of this.panels) {
      const own = (this.curves.get(metric) ?? []).filter((curve) => ids.has(curve.runId));
      panel.draw(read.has(metric) ? own : null, runs);
    }
  }

  private drawnRuns(): readonly RunName[] {
    const ticked = this.args.data.runs.filter((run) => this.selection.has(run.id));
    return ticked.length ? ticked : this.args.data.runs;
  }
}
