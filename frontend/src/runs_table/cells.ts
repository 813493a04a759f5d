/**
 * How each kind of column draws a cell, and what it says in full.
 *
 * A kind is a row of KINDS: `whole` is the text that is shown on hover and copied, `draw` makes the
 * element. Cells get texts as text nodes only: what somebody logged is never markup.
 */

import type { Value } from "../shared/arrow";
import { colourOf } from "../shared/colours";
import { append, button, element, icon, ICONS } from "../shared/dom";
import { addressOf, follow } from "../shared/links";
import { nameParts } from "../shared/names";
import { aligned, difference, duration, exact, grouped, moment, timestamp } from "../shared/numbers";
import type { Row } from "./rows";
import type { ColumnStatistics } from "./statistics";
import { type GroupStatistics, describeGroup, meanAndSpread } from "./groups/group_statistics";
import type { ColumnSpec, Direction, Kind, Shading, Spread } from "./types";
import type { LinkTarget } from "../shared/links";

/** Nested names are indented up to this level; deeper ones say their level. */
const DEEPEST = 6;
const INDENT = 14;
/** A longer text in a cell is cut: the whole one is on hover. */
const LONGEST = 400;
/** A run that has logged no metric for so long may have died without a word, in milliseconds. */
const SILENT = 30 * 60_000;
const NOT_LOGGED = "not logged";

/** What a cell is drawn from. */
export interface Cell {
  readonly row: Row;
  readonly column: ColumnSpec;
  readonly value: Value;
  readonly statistics: ColumnStatistics;
  readonly direction: Direction;
  readonly shading: Shading;
  /** The value of the first baseline; undefined where there is none, or this is it. */
  readonly base: Value | undefined;
  /** Of a group: the other statistics of the metric, and what of them stands beside the mean. */
  readonly group?: GroupCell;
  readonly running: boolean;
  readonly started: number | null;
  /** When a run that goes on logged its newest metric, if it logged any. */
  readonly heard: number | null;
  readonly nested: boolean;
  readonly baseline: boolean;
  readonly link: LinkTarget;
  readonly toggleOpen: () => void;
  readonly toggleBaseline: () => void;
}

export interface GroupCell {
  /** Whether the column is one that runs are grouped by. */
  readonly key: boolean;
  readonly spread: Spread;
  readonly statistics: GroupStatistics;
  /** Whether its runs are being read. */
  readonly loading: boolean;
}

interface Drawing {
  whole(cell: Cell): string;
  draw(cell: Cell): HTMLElement;
}

export const KINDS: Readonly<Record<Kind, Drawing>> = {
  name: { whole: (cell) => exact(cell.value), draw: drawName },
  text: { whole: wholeText, draw: drawText },
  number: { whole: wholeNumber, draw: drawNumber },
  status: { whole: wholeStatus, draw: drawStatus },
  time: { whole: (cell) => timestamp(Number(cell.value ?? 0)), draw: drawTime },
  duration: { whole: wholeDuration, draw: drawDuration },
  count: { whole: (cell) => exact(cell.value), draw: drawCount },
};

export const STATUSES: Readonly<Record<string, string>> = {
  FINISHED: "Finished",
  RUNNING: "Running",
  SCHEDULED: "Scheduled",
  FAILED: "Failed",
  KILLED: "Killed",
};

function drawName(cell: Cell): HTMLElement {
  const { row } = cell;
  if (row.group) return drawGroupName(cell);
  const name = exact(cell.value) || row.id;
  const link = element("a", {
    href: addressOf(cell.link, row.id),
    class: "name",
    title: name,
    // One stop of Tab for the whole grid: Enter on the cell opens it.
    tabindex: -1,
    dir: "auto",
  });
  append(link, nameParts(name));
  link.addEventListener("click", (event) => follow(event, link));
  const dot = element("span", { class: "dot", "aria-hidden": "true" });
  dot.style.setProperty("--run", colourOf(row.id));
  const level = Math.min(row.depth, DEEPEST);
  const made = element("div", { class: "cell name-cell" });
  made.style.paddingInlineStart = `${level * INDENT}px`;
  append(made, [
    cell.nested ? opener(cell) : null,
    row.depth > DEEPEST
      ? element("span", { class: "level", title: `Level ${row.depth}` }, `↳${row.depth}`)
      : null,
    dot,
    link,
    button(icon(ICONS.pin), cell.toggleBaseline, {
      class: "pin quiet",
      tabindex: -1,
      "aria-label": cell.baseline ? "No longer a baseline" : "Keep on top as a baseline",
      title: cell.baseline ? "No longer a baseline (p)" : "Keep on top as a baseline (p)",
      "aria-pressed": String(cell.baseline),
    }),
  ]);
  return made;
}

function drawGroupName(cell: Cell): HTMLElement {
  const name = exact(cell.value);
  const label = element("span", { class: "name group-name", title: name, dir: "auto" });
  append(label, nameParts(name));
  const made = element("div", { class: "cell name-cell" }, opener(cell), label);
  if (cell.group?.loading) made.append(element("span", { class: "loading" }, "reading …"));
  return made;
}

function drawCount(cell: Cell): HTMLElement {
  const { value } = cell;
  return element("div", { class: "cell count" }, value === null ? "" : grouped(Number(value)));
}

function opener(cell: Cell): HTMLElement {
  const { row } = cell;
  if (!row.children) return element("span", { class: "opener" });
  const what = row.group ? (row.children === 1 ? "run" : "runs") : "nested";
  const label = `${row.open ? "Hide" : "Show"} ${row.children} ${what}`;
  const made = button(icon(ICONS.chevronRight), cell.toggleOpen, {
    class: "opener quiet",
    tabindex: -1,
    "aria-label": label,
    title: `${label} (${row.open ? "−" : "+"})`,
  });
  made.classList.toggle("open", row.open);
  return made;
}

function wholeText(cell: Cell): string {
  return isMissingKey(cell) ? NOT_LOGGED : exact(cell.value);
}

/** A group of the runs that have no value of what is grouped by. */
function isMissingKey(cell: Cell): boolean {
  return cell.row.group && cell.group?.key === true && cell.value === null;
}

function drawText(cell: Cell): HTMLElement {
  if (isMissingKey(cell)) return element("div", { class: "cell text missing" }, NOT_LOGGED);
  const whole = exact(cell.value);
  const shown = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  return element("div", { class: "cell text", title: whole || null, dir: "auto" }, shown);
}

function wholeNumber(cell: Cell): string {
  return cell.row.group && cell.group
    ? describeGroup(cell.value, cell.group.statistics)
    : exact(cell.value);
}

function drawNumber(cell: Cell): HTMLElement {
  const { value, statistics } = cell;
  if (cell.row.group && cell.group) return drawMean(cell, cell.group);
  const made = element("div", { class: "cell number", title: exact(value) || null });
  if (value === null) return made;
  const shown = aligned(value, statistics.fraction);
  append(made, [
    deltaOf(cell),
    shade(made, cell),
    element("span", { class: "digits" }, shown.digits),
    element("span", { class: "more" }, shown.cut ? "…" : ""),
  ]);
  return made;
}

/** The mean of a group with its spread, every statistic of it on hover. */
function drawMean(cell: Cell, group: GroupCell): HTMLElement {
  const made = element("div", { class: "cell number mean" });
  if (cell.value === null && !group.statistics.nan) return made;
  made.title = describeGroup(cell.value, group.statistics);
  const { mean, spread } = meanAndSpread(cell.value, group.statistics, group.spread);
  append(made, [
    shade(made, cell),
    element("span", { class: "digits" }, mean),
    element("span", { class: "spread" }, spread),
  ]);
  return made;
}

/** Shades a cell by where its value lies; the answer is the mark of the best value. */
function shade(made: HTMLElement, cell: Cell): HTMLElement | null {
  const { value, statistics } = cell;
  const share = statistics.share(value);
  if (cell.shading !== "none" && share !== null) {
    made.classList.add(cell.shading);
    const goodness = cell.direction === "lower" ? 1 - share : share;
    made.style.setProperty("--share", String(cell.shading === "heat" ? goodness : share));
  }
  const best = statistics.isBest(value, cell.direction);
  made.classList.toggle("best", best);
  return best ? element("span", { class: "star", title: `Best: ${cell.direction}` }, "★") : null;
}

function deltaOf(cell: Cell): HTMLElement | null {
  const { value, base } = cell;
  if (typeof value !== "number" || typeof base !== "number") return null;
  const text = difference(value, base);
  if (!text) return null;
  const better = cell.direction !== "none" && value > base === (cell.direction === "higher");
  const tone = value === base || cell.direction === "none" ? "same" : better ? "better" : "worse";
  const title = `${exact(value)} is ${exact(value - base)} from the baseline's ${exact(base)}`;
  return element("span", { class: `delta ${tone}`, title }, text);
}

/** How long a run has not been heard of, in milliseconds; 0 where that says nothing. */
function silence(cell: Cell): number {
  const last = Math.max(cell.started ?? 0, cell.heard ?? 0);
  const since = cell.running && last ? Date.now() - last : 0;
  return since >= SILENT ? since : 0;
}

/** A span of milliseconds in one unit: minutes, hours or days. */
function roughly(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

function wholeStatus(cell: Cell): string {
  const status = STATUSES[exact(cell.value)] ?? exact(cell.value);
  const since = silence(cell);
  return since ? `${status}, but no metric for ${roughly(since)}` : status;
}

function drawStatus(cell: Cell): HTMLElement {
  const status = exact(cell.value);
  const since = silence(cell);
  const name = since ? `Silent ${roughly(since)}` : (STATUSES[status] ?? status);
  return element(
    "div",
    {
      class: `cell status ${since ? "silent" : status.toLowerCase()}`,
      title: since ? wholeStatus(cell) : null,
    },
    status ? element("span", { class: "badge" }, name) : null,
  );
}

function drawTime(cell: Cell): HTMLElement {
  const at = Number(cell.value ?? 0);
  return element("div", { class: "cell time", title: timestamp(at) || null }, moment(at));
}

function wholeDuration(cell: Cell): string {
  return cell.value === null ? "" : `${Number(cell.value) / 1000} s`;
}

function drawDuration(cell: Cell): HTMLElement {
  // A run that goes on has lasted until now; one without a start has lasted nobody knows how long.
  const lasted =
    cell.value !== null
      ? Number(cell.value)
      : cell.running && cell.started
        ? Date.now() - cell.started
        : null;
  const title = wholeDuration(cell) || (lasted === null ? null : "It goes on");
  const text = lasted === null ? "" : duration(lasted);
  return element("div", { class: "cell duration", title }, text);
}
