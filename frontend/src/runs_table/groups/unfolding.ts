/** Which groups are unfolded, and whose runs have to be read for that or for a tick. */

/** So many groups are asked for at a time (studio_app/runs/table/run_groups.py): the newest wishes stay. */
const MOST = 50;

export class Unfolding {
  readonly opened = new Set<string>();
  private wanted: string[] = [];
  private readonly loading = new Set<string>();
  private readonly toTick = new Set<string>();
  private by = "";

  constructor(private readonly ask: (groups: readonly string[]) => void) {}

  /** Folds everything when runs are grouped by something else. */
  keep(groupedBy: readonly string[]): void {
    const by = JSON.stringify(groupedBy);
    if (by === this.by) return;
    this.by = by;
    this.opened.clear();
    this.loading.clear();
    this.toTick.clear();
    this.wanted = [];
  }

  toggle(group: string, isLoaded: boolean): void {
    if (this.opened.delete(group)) return;
    this.opened.add(group);
    if (!isLoaded) this.want(group);
  }

  /** Has the runs of a group ticked as soon as they are there. */
  tick(group: string): void {
    this.toTick.add(group);
    this.want(group);
  }

  isLoading(group: string): boolean {
    return this.loading.has(group);
  }

  /** Takes note of the groups whose runs came; the answer is those runs that shall be ticked. */
  loaded(runsOf: (group: string) => readonly string[]): string[] {
    const ticked: string[] = [];
    for (const group of [...this.loading]) {
      const runs = runsOf(group);
      if (!runs.length) continue;
      this.loading.delete(group);
      if (this.toTick.delete(group)) ticked.push(...runs);
    }
    return ticked;
  }

  private want(group: string): void {
    this.wanted = [...this.wanted.filter((one) => one !== group), group].slice(-MOST);
    this.loading.add(group);
    this.ask(this.wanted);
  }
}
