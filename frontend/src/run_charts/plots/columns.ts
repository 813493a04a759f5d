/** Columns of the runs as a panel draws them: numbers where all values are numbers. */

import type { Frame } from "../../shared/arrow";

export interface PlotColumn {
  /** As the table calls it, such as `params.lr`. */
  readonly name: string;
  readonly label: string;
  readonly isNumber: boolean;
  /** null where a run has none, or NaN or an infinity. */
  readonly numbers: readonly (number | null)[];
  /** As it was logged; empty where a run has none. */
  readonly texts: readonly string[];
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  status: "Status",
  user: "User",
  experiment: "Experiment",
  seconds: "Duration",
  start: "Started",
};

export function columnOf(frame: Frame, name: string): PlotColumn {
  const rows = Array.from({ length: frame.length }, (_, row) => row);
  const texts = rows.map((row) => frame.text(name, row));
  const isText = (text: string) => text !== "" && !isNumeric(text);
  const isNumber = name.startsWith("metrics.") || (texts.some(isNumeric) && !texts.some(isText));
  const numbers = texts.map((text) => (isNumber && isNumeric(text) ? Number(text) : null));
  return { name, label: labelOf(name), isNumber, numbers, texts };
}

/** A column's name without what it is: `lr` of `params.lr`. */
export function labelOf(name: string): string {
  return ATTRIBUTES[name] ?? name.replace(/^(metrics|params|tags)\./, "");
}

/** Whether a column is a number of the run, which a filter takes a range of. */
export function isMeasured(name: string): boolean {
  return name.startsWith("metrics.") || name === "seconds" || name === "start";
}

function isNumeric(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
