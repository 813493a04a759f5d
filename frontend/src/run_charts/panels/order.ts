/** The order of panels in a section: by name, but for those that a person moved. */

/** Panels that were moved come first, in their order. */
export function ordered(panels: readonly string[], order: readonly string[]): string[] {
  const there = new Set(panels);
  const first = order.filter((panel) => there.has(panel));
  const moved = new Set(first);
  return [...first, ...panels.filter((panel) => !moved.has(panel))];
}

/** A list in which one of its items has gone by so many places. */
export function movedBy(panels: readonly string[], panel: string, by: number): string[] {
  const from = panels.indexOf(panel);
  if (from < 0) return [...panels];
  const rest = panels.filter((one) => one !== panel);
  const to = Math.min(Math.max(from + by, 0), rest.length);
  return [...rest.slice(0, to), panel, ...rest.slice(to)];
}

/** A list in which one of its items stands where another one does, which makes room. */
export function movedTo(panels: readonly string[], panel: string, other: string): string[] {
  const [from, to] = [panels.indexOf(panel), panels.indexOf(other)];
  return from < 0 || to < 0 ? [...panels] : movedBy(panels, panel, to - from);
}

/**
 * What has to be said so that the panels of a section have this order: as few as possible.
 *
 * `before` says it for all sections; panels of others stay in it.
 */
export function orderFor(
  before: readonly string[],
  usual: readonly string[],
  wanted: readonly string[],
): string[] {
  const own = new Set(usual);
  const others = before.filter((panel) => !own.has(panel));
  for (let count = 0; count < wanted.length; count++) {
    const said = wanted.slice(0, count);
    if (ordered(usual, said).every((panel, at) => panel === wanted[at])) return [...others, ...said];
  }
  return [...others, ...wanted];
}
