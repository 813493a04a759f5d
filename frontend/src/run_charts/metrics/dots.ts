/**
 * One value of each run or group: a dot between the lowest and the highest.
 *
 * No bars from zero: 0.941 and 0.977 would look the same.
 */

import { colourOf } from "../../shared/colours";
import { append, element } from "../../shared/dom";
import { byName, nameParts } from "../../shared/names";
import { exact } from "../../shared/numbers";
import type { Drawing, Size } from "../panels/drawing";
import { pathThrough, svg } from "../panels/svg";
import type { Tone } from "../theme";
import type { Named } from "../types";

/** More rows than this are for the table. */
const MOST = 30;
const ROW = 22;
const NAMES = 0.4;

export interface DotValue {
  readonly series: string;
  readonly last: readonly (number | null)[];
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly value: number | null;
}

export class Dots implements Drawing {
  readonly note: string;
  private readonly rows: readonly Row[];
  private readonly low: number;
  private readonly span: number;
  private readonly elements = new Map<string, HTMLElement>();

  constructor(
    private readonly place: HTMLElement,
    values: readonly DotValue[],
    named: readonly Named[],
    hovered: (id: string | null) => void,
    private size: Size,
  ) {
    const names = new Map(named.map(({ id, name }) => [id, name]));
    const all = values.map(({ series: id, last }) => ({
      id,
      name: names.get(id) ?? id,
      value: last[0] ?? null,
    }));
    all.sort(
      (left, right) =>
        (right.value ?? -Infinity) - (left.value ?? -Infinity) || byName(left.name, right.name),
    );
    const present = all.flatMap(({ value }) => (value === null ? [] : [value]));
    this.low = Math.min(...present);
    this.span = Math.max(...present) - this.low;
    this.rows = all.slice(0, MOST);
    this.note = all.length > MOST ? `${all.length - MOST} more in the table` : "";
    // Where one run alone is looked at, its value says everything: a dot is compared with others.
    const root = element("div", { class: named.length === 1 ? "dots alone" : "dots" });
    for (const row of this.rows) root.append(this.element(row, hovered));
    place.append(root);
  }

  highlight(id: string | null): void {
    for (const [own, row] of this.elements) row.classList.toggle("pointed", own === id);
  }

  resize(size: Size): void {
    this.size = size;
  }

  picture(tone: Tone): SVGSVGElement {
    const { width } = this.size;
    const left = width * NAMES;
    const track = width - left - 110;
    const height = this.rows.length * ROW;
    const text = { fill: tone.text, "font-family": tone.family, "font-size": 11 };
    const rows = this.rows.map(({ id, name, value }, at) => {
      const y = at * ROW + ROW / 2;
      const line = svg("path", { d: pathThrough([[left, y], [left + track, y]]), stroke: tone.line });
      const row = svg("g", {}, svg("text", { ...text, x: 0, y: y + 4 }, name), line);
      if (value !== null) {
        row.append(svg("circle", { cx: left + this.at(value) * track, cy: y, r: 5, fill: colourOf(id) }));
      }
      row.append(svg("text", { ...text, x: width, y: y + 4, "text-anchor": "end" }, said(value)));
      return row;
    });
    return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` }, ...rows);
  }

  destroy(): void {
    this.place.replaceChildren();
  }

  private at(value: number): number {
    return this.span > 0 ? (value - this.low) / this.span : 0.5;
  }

  private element({ id, name, value }: Row, hovered: (id: string | null) => void): HTMLElement {
    const track = element("span", { class: "track" });
    if (value !== null) {
      const dot = element("span", { class: "dot" });
      dot.style.setProperty("--run", colourOf(id));
      dot.style.setProperty("--at", String(this.at(value)));
      track.append(dot);
    }
    const row = element("div", { class: "dot-row", title: name });
    row.dataset.run = id;
    append(row, [
      element("span", { class: "of", dir: "auto" }, ...nameParts(name)),
      track,
      element("span", { class: "amount" }, said(value)),
    ]);
    row.addEventListener("mouseenter", () => hovered(id));
    row.addEventListener("mouseleave", () => hovered(null));
    this.elements.set(id, row);
    return row;
  }
}

function said(value: number | null): string {
  return value === null ? "NaN or ∞" : exact(value);
}
