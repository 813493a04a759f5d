/** Metrics in sections by the part of their names before a slash; those of the machine come last. */

import { byName } from "../../shared/names";

export interface Section {
  readonly name: string;
  readonly metrics: readonly string[];
}

export const UNNAMED = "Metrics";
const SYSTEM = "system";

export function sectionsOf(metrics: readonly string[], search: string): Section[] {
  const wanted = search.trim().toLowerCase();
  const found = new Map<string, string[]>();
  for (const metric of [...new Set(metrics)].sort(byName)) {
    if (wanted && !metric.toLowerCase().includes(wanted)) continue;
    const slash = metric.indexOf("/");
    const name = slash > 0 ? metric.slice(0, slash) : UNNAMED;
    const section = found.get(name);
    if (section) section.push(metric);
    else found.set(name, [metric]);
  }
  return [...found]
    .map(([name, own]) => ({ name, metrics: own }))
    .sort((left, right) => rank(left) - rank(right) || byName(left.name, right.name));
}

/** What the machine measures is read after what the model does. */
export function isSystem(section: Section): boolean {
  return section.name === SYSTEM;
}

function rank(section: Section): number {
  if (section.name === UNNAMED) return 0;
  return isSystem(section) ? 2 : 1;
}
