/** The panel in which columns are chosen: a search, groups, and a tick for each column. */

import { append, button, element, icon, ICONS } from "../../shared/dom";
import { byName } from "../../shared/names";
import { grouped } from "../../shared/numbers";
import { type ColumnSpec, type Group, GROUP_NAMES, GROUPS } from "../types";

/** Of 5,000 metrics no more than this are drawn: the search finds the others. */
const MOST = 200;

export interface ChooserHost {
  columns(): readonly ColumnSpec[];
  isShown(id: string): boolean;
  show(ids: readonly string[], shown: boolean): void;
  closed(): void;
}

export class Chooser {
  readonly root = element("div", {
    class: "chooser",
    role: "dialog",
    "aria-label": "Columns",
  });
  private readonly list = element("div", { class: "columns" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search columns",
    "aria-label": "Search columns",
  });

  constructor(private readonly host: ChooserHost) {
    const close = button(icon(ICONS.close), () => this.close(), {
      class: "quiet",
      "aria-label": "Close",
    });
    append(this.root, [
      element("div", { class: "top" }, element("strong", {}, "Columns"), close),
      this.search,
      this.list,
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
    this.draw();
    this.search.focus();
  }

  close(): void {
    this.root.remove();
    this.host.closed();
  }

  draw(): void {
    const wanted = this.search.value.trim().toLowerCase();
    const found = this.host
      .columns()
      .filter((column) => column.kind !== "name")
      .filter(({ id, label }) => !wanted || `${label} ${id}`.toLowerCase().includes(wanted));
    this.list.replaceChildren(
      ...GROUPS.flatMap((group) => {
        const own = found.filter((column) => column.group === group);
        return own.length ? [this.section(group, own)] : [];
      }),
    );
    if (!found.length) {
      this.list.append(element("p", { class: "nothing" }, "No column has these letters."));
    }
  }

  private section(group: Group, columns: readonly ColumnSpec[]): HTMLElement {
    const ids = columns.map((column) => column.id);
    const shown = ids.filter((id) => this.host.isShown(id)).length;
    const all = shown === ids.length;
    const title = `${GROUP_NAMES[group]} · ${grouped(shown)} of ${grouped(ids.length)}`;
    const ordered =
      group === "run" ? columns : [...columns].sort((left, right) => byName(left.label, right.label));
    const section = element("section", { "aria-label": GROUP_NAMES[group] });
    append(section, [
      element(
        "div",
        { class: "top" },
        element("span", {}, title),
        // 500 columns are what one question to the API takes.
        button(all ? "None" : "All", () => this.change(ids.slice(0, 400), !all), {
          class: "quiet text",
          "aria-label": `${all ? "Hide" : "Show"} all: ${GROUP_NAMES[group]}`,
        }),
      ),
      ...ordered.slice(0, MOST).map((column) => this.entry(column)),
      columns.length > MOST
        ? element("p", { class: "nothing" }, `${grouped(columns.length - MOST)} more: search.`)
        : null,
    ]);
    return section;
  }

  private entry(column: ColumnSpec): HTMLElement {
    const tick = element("input", { type: "checkbox" });
    tick.checked = this.host.isShown(column.id);
    tick.addEventListener("change", () => this.change([column.id], tick.checked, false));
    return element(
      "label",
      { title: column.id },
      tick,
      element("span", { dir: "auto" }, column.label),
    );
  }

  private change(ids: readonly string[], shown: boolean, redraw = true): void {
    this.host.show(ids, shown);
    // Ticks keep their focus: only a whole group is drawn anew.
    if (redraw) this.draw();
  }
}
