/** The panel in which runs are grouped: by which columns, and what stands beside the means. */

import { append, button, element, icon, ICONS } from "../../shared/dom";
import { byName } from "../../shared/names";
import { grouped } from "../../shared/numbers";
import { type ColumnSpec, type Group, GROUP_NAMES, GROUPS, type Spread } from "../types";

/** Of thousands of parameters no more than this are drawn: the search finds the others. */
const MOST = 100;

const SPREADS: Readonly<Record<Spread, string>> = {
  std: "mean ± deviation",
  interval: "mean, 95 % interval",
  range: "mean, least – greatest",
};

/** A name whose last word is a seed: seed, random_state, model.random_seed, data-seed. */
const SEED = /(^|[._/\s-])(seed|random_state|randomstate|rng)$/i;

export function isSeed(name: string): boolean {
  return SEED.test(name);
}

/** The columns that make a group of runs that differ in nothing but their seed. */
export function allButSeed(columns: readonly ColumnSpec[]): string[] {
  return columns
    .filter(({ group, groupable, differs }) => group === "params" && groupable && differs)
    .filter(({ label }) => !isSeed(label))
    .map(({ id }) => id);
}

/** The columns of a view's groups that there are; where there is none runs stand by themselves. */
export function groupedBy(columns: readonly ColumnSpec[], wanted: readonly string[]): string[] {
  const offered = new Set(columns.flatMap(({ id, groupable }) => (groupable ? [id] : [])));
  return wanted.filter((id) => offered.has(id));
}

export interface GroupingHost {
  columns(): readonly ColumnSpec[];
  group(): readonly string[];
  spread(): Spread;
  most(): number;
  setGroup(ids: readonly string[]): void;
  setSpread(spread: Spread): void;
  closed(): void;
}

export class Grouping {
  readonly root = element("div", {
    class: "chooser grouping",
    role: "dialog",
    "aria-label": "Group runs",
  });
  private readonly list = element("div", { class: "columns" });
  private readonly told = element("p", { class: "nothing", role: "status" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search what to group by",
    "aria-label": "Search what to group by",
  });
  private readonly spread = element("select", { "aria-label": "Shown of a group" });
  private readonly allButSeed: HTMLButtonElement;
  /** What runs were grouped by as the panel opened: it stands first, and no tick moves it. */
  private first: readonly string[] = [];
  private readonly ungroup: HTMLButtonElement;

  constructor(private readonly host: GroupingHost) {
    const close = button(icon(ICONS.close), () => this.close(), {
      class: "quiet",
      "aria-label": "Close",
    });
    this.allButSeed = button("Everything but the seed", () => this.groupByAllButSeed(), {
      class: "tool",
    });
    this.ungroup = button("Ungroup", () => this.change([]), { class: "quiet text" });
    for (const [name, label] of Object.entries(SPREADS)) {
      this.spread.append(element("option", { value: name }, label));
    }
    this.spread.addEventListener("change", () => host.setSpread(this.spread.value as Spread));
    append(this.root, [
      element("div", { class: "top" }, element("strong", {}, "Group by"), this.ungroup, close),
      this.allButSeed,
      this.told,
      this.search,
      this.list,
      this.spread,
    ]);
    this.search.addEventListener("input", () => this.draw());
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  get open(): boolean {
    return this.root.isConnected;
  }

  openIn(parent: HTMLElement): void {
    parent.append(this.root);
    this.first = this.host.group();
    this.draw();
    this.search.focus();
  }

  close(): void {
    this.root.remove();
    this.host.closed();
  }

  draw(): void {
    const columns = this.host.columns().filter((column) => column.groupable);
    const group = this.host.group();
    const wanted = this.search.value.trim().toLowerCase();
    const found = columns.filter(
      ({ id, label }) => !wanted || `${label} ${id}`.toLowerCase().includes(wanted),
    );
    const focused = this.focusedColumn();
    this.list.replaceChildren(
      ...GROUPS.flatMap((of) => {
        const own = found.filter((column) => column.group === of);
        return own.length ? [this.section(of, own, group)] : [];
      }),
    );
    if (!found.length) {
      this.list.append(element("p", { class: "nothing" }, "Nothing has these letters."));
    }
    if (focused !== null) {
      this.list.querySelector<HTMLElement>(`[data-column="${CSS.escape(focused)}"]`)?.focus();
    }
    this.ungroup.hidden = !group.length;
    this.spread.value = this.host.spread();
    this.showAllButSeed(allButSeed(columns).length);
  }

  /** The column of the tick that has the focus, which is not to be lost when new data comes. */
  private focusedColumn(): string | null {
    const { activeElement } = this.root.getRootNode() as Document | ShadowRoot;
    return this.list.contains(activeElement) ? (activeElement?.getAttribute("data-column") ?? null) : null;
  }

  private showAllButSeed(differing: number): void {
    const most = this.host.most();
    this.allButSeed.disabled = differing === 0 || differing > most;
    this.told.textContent = !differing
      ? "No parameter but a seed differs between these runs."
      : differing > most
        ? `${differing} parameters differ: runs are grouped by ${most} at most.`
        : "";
    this.told.hidden = !this.told.textContent;
  }

  private section(of: Group, columns: readonly ColumnSpec[], group: readonly string[]): HTMLElement {
    const place = ({ id, differs }: ColumnSpec) => (this.first.includes(id) ? 0 : differs ? 1 : 2);
    const ordered = [...columns].sort(
      (left, right) => place(left) - place(right) || byName(left.label, right.label),
    );
    const section = element("section", { "aria-label": GROUP_NAMES[of] });
    append(section, [
      element("div", { class: "top" }, element("span", {}, GROUP_NAMES[of])),
      ...ordered.slice(0, MOST).map((column) => this.entry(column, group)),
      columns.length > MOST
        ? element("p", { class: "nothing" }, `${grouped(columns.length - MOST)} more: search.`)
        : null,
    ]);
    return section;
  }

  private entry(column: ColumnSpec, group: readonly string[]): HTMLElement {
    const tick = element("input", { type: "checkbox", "data-column": column.id });
    tick.checked = group.includes(column.id);
    tick.disabled = !tick.checked && group.length >= this.host.most();
    tick.addEventListener("change", () => {
      const others = this.host.group().filter((id) => id !== column.id);
      this.change(tick.checked ? [...others, column.id] : others, false);
    });
    return element(
      "label",
      { title: column.id },
      tick,
      element("span", { dir: "auto" }, column.label),
      column.differs || column.group === "run"
        ? null
        : element("small", {}, "the same in all"),
    );
  }

  private groupByAllButSeed(): void {
    this.change(allButSeed(this.host.columns()));
  }

  private change(ids: readonly string[], redraw = true): void {
    this.host.setGroup(ids);
    // Ticks keep their focus and their place: only a whole choice is drawn anew.
    if (redraw) this.draw();
    else this.ungroup.hidden = !ids.length;
  }
}
