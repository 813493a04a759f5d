/** The form of a panel of metrics: which ones it draws, and the ranges of its axes. */

import { append, button, element, icon, ICONS } from "../../shared/dom";
import { isRange } from "../panels/arrangement";
import type { Zoom } from "../panels/settings";

/** More lines in one panel cannot be told apart. */
const MOST_METRICS = 6;

export interface MetricForm {
  /** The metrics of the panel; the first one names it and stays. */
  readonly metrics: readonly string[];
  readonly known: readonly string[];
  readonly x: Zoom;
  readonly y: Zoom;
  /** Whether a range of x holds for all panels. */
  readonly shared: boolean;
  readonly joined: (metrics: readonly string[]) => void;
  readonly ranged: (x: Zoom, y: Zoom) => void;
  readonly close: () => void;
}

export function formOf(form: MetricForm): HTMLElement {
  const root = element("form", { "aria-label": `Metrics and ranges of ${form.metrics[0] ?? ""}` });
  const error = element("p", { class: "error", role: "alert" });
  const x = rangeFields("x", form.x);
  const y = rangeFields("y", form.y);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const [fromX, fromY] = [x.read(), y.read()];
    const wrong = fromX === undefined ? "x" : fromY === undefined ? "y" : "";
    error.textContent = wrong && `The range of ${wrong} goes from a number to a larger one.`;
    if (fromX !== undefined && fromY !== undefined) form.ranged(fromX, fromY);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") form.close();
  });
  append(root, [
    ...metricFields(form),
    x.root,
    y.root,
    form.shared ? element("p", { class: "note" }, "The range of x holds for all panels.") : null,
    error,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "button" }, "Set ranges"),
      button("Whole ranges", () => form.ranged(null, null), { class: "quiet text" }),
      button("Close", form.close, { class: "quiet text" }),
    ),
  ]);
  return root;
}

function metricFields({ metrics, known, joined }: MetricForm): HTMLElement[] {
  const [own = "", ...further] = metrics;
  const chips = further.map((metric) =>
    element(
      "span",
      { class: "chip" },
      metric,
      button(icon(ICONS.close), () => joined([own, ...further.filter((one) => one !== metric)]), {
        class: "quiet",
        "aria-label": `Take ${metric} away`,
      }),
    ),
  );
  const rest = known.filter((metric) => !metrics.includes(metric));
  const choices = element("datalist", { id: "metrics-to-add" });
  for (const metric of rest) choices.append(element("option", { value: metric }));
  const input = element("input", { list: "metrics-to-add", placeholder: "Add a metric", "aria-label": "Add a metric" });
  const add = () => {
    if (rest.includes(input.value)) joined([...metrics, input.value]);
  };
  input.addEventListener("change", add);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  const full = metrics.length >= MOST_METRICS;
  const last = full ? element("p", { class: "note" }, `${MOST_METRICS} metrics at most`) : input;
  return [element("div", { class: "row" }, ...chips, last), choices];
}

/** Two fields of numbers; both empty is the whole axis, undefined what is no range. */
function rangeFields(axis: string, range: Zoom): { root: HTMLElement; read: () => Zoom | undefined } {
  const field = (name: string, value: number | undefined) =>
    element("input", {
      type: "number",
      step: "any",
      value: value === undefined ? "" : String(value),
      placeholder: "auto",
      "aria-label": `${axis} ${name}`,
    });
  const from = field("from", range?.[0]);
  const to = field("to", range?.[1]);
  const root = element("div", { class: "row" }, `${axis} from`, from, "to", to);
  const read = () => {
    if (from.value === "" && to.value === "") return null;
    const found = [from.valueAsNumber, to.valueAsNumber] as const;
    return isRange(found) ? found : undefined;
  };
  return { root, read };
}
