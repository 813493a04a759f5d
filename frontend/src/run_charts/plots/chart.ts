/** A plot in SVG with two axes: what scatter and box share. */

import { exact, duration, moment } from "../../shared/numbers";
import type { Drawing, Size } from "../panels/drawing";
import { round, standalone, svg } from "../panels/svg";
import { Tooltip } from "../metrics/tooltip";
import { colourOf } from "../../shared/colours";
import type { PlotColumn } from "./columns";
import type { PlotHost, PlotRun } from "./kind";
import type { Scale } from "./scale";

const LEFT = 58;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 38;
/** Letters of a tick's label that stand beside each other. */
const LETTER = 6.2;

export interface Inside {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
}

export abstract class Chart implements Drawing {
  abstract readonly note: string;
  protected readonly root = svg("svg", { class: "svg-plot", role: "img" });
  private readonly tooltip: Tooltip;

  constructor(
    private readonly place: HTMLElement,
    private readonly host: PlotHost,
    label: string,
  ) {
    this.root.setAttribute("aria-label", label);
    place.append(this.root);
    this.tooltip = new Tooltip(place);
    this.root.addEventListener("pointerleave", () => this.pointAt(null));
  }

  resize(size: Size): void {
    this.root.setAttribute("width", String(size.width));
    this.root.setAttribute("height", String(size.height));
    this.root.replaceChildren(...this.content(size));
  }

  highlight(id: string | null): void {
    this.root.classList.toggle("pointing", id !== null);
    for (const mark of this.root.querySelectorAll<SVGElement>("[data-run]")) {
      mark.classList.toggle("pointed", mark.dataset.run === id);
    }
  }

  picture(): SVGSVGElement {
    return standalone(this.root);
  }

  destroy(): void {
    this.tooltip.destroy();
    this.place.replaceChildren();
  }

  /** What is drawn in this size. */
  protected abstract content(size: Size): Node[];

  /** A mark of a run: hovering it tells its values, and shows the run elsewhere. */
  protected mark(drawn: SVGElement, run: PlotRun, columns: readonly PlotColumn[], row: number, x: number): SVGElement {
    drawn.dataset.run = run.id;
    drawn.addEventListener("pointerenter", () => {
      this.host.hovered(run.id);
      const values = columns.map((column) => ({
        id: column.name,
        name: column.label,
        colour: colourOf(run.id),
        amount: written(column, row),
      }));
      this.tooltip.show(run.name, values, x);
    });
    drawn.addEventListener("pointerleave", () => this.pointAt(null));
    return drawn;
  }

  private pointAt(id: null): void {
    this.host.hovered(id);
    this.tooltip.hide();
  }
}

/** A value as a person reads it, with all its digits. */
export function written(column: PlotColumn, row: number): string {
  const value = column.numbers[row] ?? null;
  if (value !== null && column.name === "seconds") return duration(value);
  if (value !== null && column.name === "start") return moment(value);
  return column.name.startsWith("metrics.") && value !== null ? exact(value) : (column.texts[row] ?? "");
}

export function inside({ width, height }: Size): Inside {
  return { left: LEFT, top: TOP, width: Math.max(width - LEFT - RIGHT, 10), height: Math.max(height - TOP - BOTTOM, 10) };
}

/** The grid and the labels of both axes. */
export function axesOf({ x, y, xLabel, yLabel }: Axes, box: Inside): SVGElement[] {
  const bottom = box.top + box.height;
  const drawn: SVGElement[] = [];
  const most = Math.max(Math.floor(LEFT / LETTER) - 1, 3);
  for (const { at, label } of y.ticks) {
    const place = round(bottom - at * box.height);
    drawn.push(
      svg("line", { class: "grid", x1: box.left, x2: box.left + box.width, y1: place, y2: place }),
      svg("text", { class: "tick", x: box.left - 8, y: Number(place) + 4, "text-anchor": "end" }, cut(label, most)),
    );
  }
  const room = box.width / Math.max(x.ticks.length, 1);
  const longest = Math.max(...x.ticks.map((tick) => tick.label.length), 1) * LETTER;
  const each = x.texts.length ? 1 : Math.max(Math.ceil((longest + 8) / room), 1);
  x.ticks.forEach(({ at, label }, number) => {
    if (number % each) return;
    const place = round(box.left + at * box.width);
    const letters = Math.max(Math.floor((room * each) / LETTER) - 1, 2);
    drawn.push(
      svg("line", { class: "grid", x1: place, x2: place, y1: box.top, y2: bottom }),
      svg("text", { class: "tick", x: place, y: bottom + 15, "text-anchor": "middle" }, cut(label, letters)),
    );
  });
  drawn.push(
    svg("text", { class: "axis", x: box.left + box.width, y: bottom + 31, "text-anchor": "end" }, xLabel),
    svg("text", { class: "axis", x: box.left + 4, y: box.top + 10 }, yLabel),
  );
  return drawn;
}

function cut(label: string, letters: number): string {
  return label.length > letters ? `${label.slice(0, letters - 1)}…` : label;
}
