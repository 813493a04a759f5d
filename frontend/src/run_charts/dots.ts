/**
 * A metric that was logged once: a dot for each run between the lowest and the highest.
 *
 * No bars from zero: 0.941 and 0.977 would look the same.
 */

import { colourOf } from "../shared/colours";
import { append, element } from "../shared/dom";
import { byName, nameParts } from "../shared/names";
import { exact } from "../shared/numbers";
import type { Curve } from "./curves";

/** More rows than this are for the table. */
const MOST = 30;

export function dotsOf(
  curves: readonly Curve[],
  names: ReadonlyMap<string, string>,
  hovered: (runId: string | null) => void,
): HTMLElement {
  const values = curves.map((curve) => ({ runId: curve.runId, value: curve.last[0] ?? null }));
  const present = values.flatMap(({ value }) => (value === null ? [] : [value]));
  const low = Math.min(...present);
  const span = Math.max(...present) - low;
  values.sort(
    (left, right) =>
      (right.value ?? -Infinity) - (left.value ?? -Infinity) ||
      byName(names.get(left.runId) ?? "", names.get(right.runId) ?? ""),
  );
  const root = element("div", { class: "dots" });
  for (const { runId, value } of values.slice(0, MOST)) {
    const name = names.get(runId) ?? runId;
    const track = element("span", { class: "track" });
    if (value !== null) {
      const dot = element("span", { class: "dot" });
      dot.style.setProperty("--run", colourOf(runId));
      dot.style.setProperty("--at", String(span > 0 ? (value - low) / span : 0.5));
      track.append(dot);
    }
    const row = element("div", { class: "dot-row", title: name });
    row.dataset.run = runId;
    append(row, [
      element("span", { class: "of", dir: "auto" }, ...nameParts(name)),
      track,
      element("span", { class: "amount" }, value === null ? "NaN or ∞" : exact(value)),
    ]);
    row.addEventListener("mouseenter", () => hovered(runId));
    row.addEventListener("mouseleave", () => hovered(null));
    root.append(row);
  }
  if (values.length > MOST) root.append(element("p", { class: "note" }, `${values.length - MOST} more in the table`));
  return root;
}
