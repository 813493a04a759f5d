/** Metrics over time: lines of each run or group, or dots where each was logged once. */

import type { MenuItem } from "../../runs_table/controls/menu";
import type { Entry } from "../panels/drawing";
import { Dots } from "./dots";
import { hasPositive, Lines, type MetricCurves } from "./lines";
import { formOf } from "./metric_form";
import { Panel, type PanelHost } from "../panels/panel";
import type { Settings, Zoom } from "../panels/settings";
import type { Named } from "../types";

export interface MetricHost extends PanelHost {
  readonly settings: Readonly<Settings>;
  /** All metrics that there are. */
  metrics(): readonly string[];
  xRange(panel: string): Zoom;
  yRange(panel: string): Zoom;
  ranged(panel: string, x: Zoom, y: Zoom): void;
  /** Draws these further metrics in the panel of its first one. */
  join(panel: string, metrics: readonly string[]): void;
}

export class MetricPanel extends Panel {
  protected override readonly away = "Hide";
  private metrics: readonly string[];
  private lines: Lines | null = null;

  constructor(
    metric: string,
    protected override readonly host: MetricHost,
  ) {
    super(metric, host);
    this.metrics = [metric];
    this.entitle(metric);
  }

  /** Draws the curves of its metrics; null where they have not been read yet. */
  draw(metrics: readonly string[], curves: readonly MetricCurves[] | null, named: readonly Named[]): void {
    this.metrics = metrics;
    this.entitle(metrics.join(", "));
    this.lines = null;
    const { settings } = this.host;
    const all = curves?.flatMap((one) => one.curves) ?? [];
    if (curves === null) this.show(null);
    else if (!all.length) {
      const what = metrics.length > 1 ? "these metrics" : "this metric";
      this.show(`None of the shown runs has ${what}.`);
    } else if (curves.length === 1 && all.every((curve) => curve.logged === 1)) {
      this.show(() => new Dots(this.place, all, named, (id) => this.host.hovered(id), this.size));
    } else if (settings.logY && !hasPositive(curves)) {
      this.show("No value above zero: a log axis has nothing to show.");
    } else {
      this.show(() => {
        const subject = {
          metrics: curves,
          named,
          settings,
          tone: this.host.tone(),
          xRange: this.host.xRange(this.id),
          yRange: this.host.yRange(this.id),
        };
        this.lines = new Lines(this.place, subject, this.lineHost, this.size);
        return this.lines;
      });
    }
  }

  override showRange(range: Zoom): void {
    this.lines?.showRange(range);
  }

  protected override legend(): readonly Entry[] {
    return this.lines?.entries ?? [];
  }

  protected override own(): readonly MenuItem[] {
    return [
      {
        label: this.formIsOpen ? "Close the form" : "Metrics and ranges…",
        act: () => this.openForm(this.formIsOpen ? null : this.makeForm()),
      },
    ];
  }

  private readonly lineHost = {
    ranged: (x: Zoom, y: Zoom) => this.host.ranged(this.id, x, y),
    hovered: (id: string | null) => this.host.hovered(id),
  };

  private makeForm(): HTMLElement {
    return formOf({
      metrics: this.metrics,
      known: this.host.metrics(),
      x: this.host.xRange(this.id),
      y: this.host.yRange(this.id),
      shared: this.host.settings.together,
      joined: (metrics) => {
        this.host.join(this.id, metrics.slice(1));
        this.openForm(this.makeForm());
      },
      ranged: (x, y) => this.host.ranged(this.id, x, y),
      close: () => this.openForm(null),
    });
  }
}
