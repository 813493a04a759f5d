/** The form of a panel of another kind: which kind, and the columns that it draws. */

import { append, button, element } from "../../shared/dom";
import type { PlotSpec } from "../panels/arrangement";
import { labelOf } from "./columns";
import type { Field, PlotKind } from "./kind";
import { kindOf, KINDS } from "./kinds";
import { scatter } from "./scatter";
import type { ColumnName } from "../types";

export interface PlotForm {
  /** The panel that is changed; null for a new one. */
  readonly plot: PlotSpec | null;
  readonly columns: readonly ColumnName[];
  readonly done: (plot: PlotSpec) => void;
  readonly close: () => void;
}

const GROUPS = [
  ["metrics.", "Metrics"],
  ["params.", "Parameters"],
  ["tags.", "Tags"],
] as const;

const FIRST: PlotKind = scatter;

/** Axes that several columns are chosen for at first. */
const SEVERAL = 3;
/** The most that a family gives at first. */
const MOST_AT_FIRST = 20;

export function plotForm(form: PlotForm): HTMLElement {
  const root = element("form", { "aria-label": form.plot ? "Columns of the panel" : "New panel" });
  const choice = element("select", { "aria-label": "Kind of panel" });
  for (const kind of KINDS) choice.append(element("option", { value: kind.name }, kind.title));
  choice.value = form.plot?.kind ?? choice.value;
  const fields = element("div", { class: "row" });
  const error = element("p", { class: "error", role: "alert" });
  const kind = () => kindOf(choice.value) ?? FIRST;
  let selects: HTMLSelectElement[] = [];
  const draw = () => {
    const chosen = form.plot?.kind === choice.value ? form.plot.columns : [];
    const made = kind().fields.map((field, at) => selectOf(field, at, form.columns, chosen));
    selects = made.map(({ select }) => select);
    fields.replaceChildren(...made.map(({ label }) => label));
  };
  choice.addEventListener("change", draw);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const columns = selects.flatMap((select) => [...select.selectedOptions].map((option) => option.value));
    const distinct = [...new Set(columns)];
    if (selects.some((select) => !select.selectedOptions.length) || distinct.length < columns.length) {
      error.textContent = "Choose another column for each.";
    } else form.done({ kind: kind().name, columns: distinct });
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") form.close();
  });
  append(root, [
    element("div", { class: "row" }, choice),
    fields,
    error,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "button" }, form.plot ? "Change" : "Add panel"),
      button("Close", form.close, { class: "quiet text" }),
    ),
  ]);
  draw();
  return root;
}

function selectOf(
  field: Field,
  at: number,
  columns: readonly ColumnName[],
  chosen: readonly string[],
): { label: HTMLElement; select: HTMLSelectElement } {
  const many = field.many === true;
  const select = element("select", { multiple: many, size: many ? 6 : null });
  // A parameter may be a number: what is in it is seen only when it was read.
  const offered = columns.filter((one) => !field.number || one.number || one.name.startsWith("params."));
  for (const [family, title] of GROUPS) {
    const group = element("optgroup", { label: title });
    for (const { name } of offered) {
      if (name.startsWith(family)) group.append(element("option", { value: name }, labelOf(name)));
    }
    if (group.childElementCount) select.append(group);
  }
  const attributes = element("optgroup", { label: "Attributes" });
  for (const { name } of offered) {
    if (!GROUPS.some(([family]) => name.startsWith(family))) {
      attributes.append(element("option", { value: name }, labelOf(name)));
    }
  }
  if (attributes.childElementCount) select.append(attributes);
  const wanted = chosen.length ? (many ? chosen.slice(at) : chosen.slice(at, at + 1)) : firstFor(field, at, offered);
  for (const option of select.options) option.selected = wanted.includes(option.value);
  return { label: element("label", {}, field.label, select), select };
}

/** What a field has before somebody chooses: parameters first, a metric where a number is asked. */
function firstFor(field: Field, at: number, offered: readonly ColumnName[]): string[] {
  const named = (family: string) => offered.map(({ name }) => name).filter((name) => name.startsWith(family));
  const [params, metrics] = [named("params."), named("metrics.")];
  const metric = metrics[0] ?? params[at + 1] ?? "";
  if (field.first !== undefined) return named(field.first).slice(0, MOST_AT_FIRST);
  if (field.many) return [...params.slice(at, SEVERAL), metric].filter(Boolean);
  const first = field.number || (at > 0 && metrics.length) ? metric : (params[at] ?? metrics[at + 1] ?? metric);
  return first ? [first] : [];
}
