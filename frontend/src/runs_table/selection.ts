/** The ticked runs, by id: they stay when rows are sorted, closed, or joined by others. */

export class Selection {
  private ids = new Set<string>();
  private anchor: string | null = null;

  constructor(private readonly changed: () => void) {}

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  list(): string[] {
    return [...this.ids];
  }

  replace(ids: Iterable<string>): void {
    this.ids = new Set(ids);
    this.changed();
  }

  /**
   * Ticks or unticks a run; with `range` all runs from the one before to it, as it is then.
   *
   * `order` are the ids as they are shown.
   */
  toggle(id: string, order: readonly string[], range: boolean): void {
    const ticked = !this.ids.has(id);
    const from = this.anchor === null ? -1 : order.indexOf(this.anchor);
    const to = order.indexOf(id);
    const touched =
      range && from >= 0 && to >= 0
        ? order.slice(Math.min(from, to), Math.max(from, to) + 1)
        : [id];
    for (const one of touched) this.set(one, ticked);
    this.anchor = id;
    this.changed();
  }

  /** Ticks all of these, or none of them where all are ticked. */
  toggleAll(shown: readonly string[]): void {
    const ticked = this.coverage(shown) !== "all";
    for (const id of shown) this.set(id, ticked);
    this.changed();
  }

  /** Ticks runs beside those that are ticked. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.set(id, true);
    this.changed();
  }

  coverage(shown: readonly string[]): "none" | "some" | "all" {
    if (!this.ids.size) return "none";
    const ticked = shown.reduce((sum, id) => sum + Number(this.ids.has(id)), 0);
    if (!ticked) return "none";
    return ticked === shown.length ? "all" : "some";
  }

  private set(id: string, ticked: boolean): void {
    if (ticked) this.ids.add(id);
    else this.ids.delete(id);
  }
}
