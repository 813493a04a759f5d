/** How a value of one run is drawn: as it was logged, numbers to the right, the best one marked. */

import { STATUSES } from "../runs_table/cells";
import type { Value } from "../shared/arrow";
import { append, element } from "../shared/dom";
import { aligned, duration, exact, moment, timestamp } from "../shared/numbers";
import type { Line } from "./lines";

/** A longer text is cut: the whole one is on hover. */
const LONGEST = 300;

export function drawCell(line: Line, run: number): HTMLTableCellElement {
  const value = line.at(run);
  if (value === null) {
    const kind = line.spec.kind === "number" ? "none number" : "none";
    return element("td", { class: kind, "aria-label": "None" }, "–");
  }
  const whole = wholeOf(line, value);
  const made = element("td", { title: whole || null });
  if (line.spec.kind === "number" && typeof value === "number") {
    const best = line.statistics.isBest(value, line.direction);
    const shown = aligned(value, line.statistics.fraction);
    made.className = best ? "number best" : "number";
    append(made, [
      best ? element("span", { class: "star", title: `Best: ${line.direction}` }, "★ ") : null,
      `${shown.digits.trimEnd()}${shown.cut ? "…" : ""}`,
    ]);
    return made;
  }
  made.dir = "auto";
  made.textContent = textOf(line, value, whole);
  return made;
}

function wholeOf(line: Line, value: Value): string {
  if (line.spec.kind === "time") return timestamp(Number(value));
  if (line.spec.kind === "duration") return `${Number(value) / 1000} s`;
  return exact(value);
}

function textOf(line: Line, value: Value, whole: string): string {
  switch (line.spec.kind) {
    case "status":
      return STATUSES[whole] ?? whole;
    case "time":
      return moment(Number(value)) || "–";
    case "duration":
      return duration(Number(value));
    default:
      return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  }
}
