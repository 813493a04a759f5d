/** Sections with their panels on the page: which are open, and how many panels each shows. */

import { button, element } from "../../shared/dom";
import { grouped } from "../../shared/numbers";
import type { Panel } from "./panel";
import { isSystem, type Section } from "./sections";

/** Panels of a section that are drawn before somebody asks for more. */
const FIRST = 12;

export interface BoardHost {
  /** Sections as they are now, with their panels in order. */
  sections(): readonly Section[];
  panel(id: string): Panel;
  isSearched(): boolean;
  /** What is said where no section is. */
  nothing(): string;
  /** Other panels are shown than before. */
  arranged(): void;
}

export class Board {
  readonly root = element("div", { class: "sections" });
  private readonly open = new Map<string, boolean>();
  private readonly most = new Map<string, number>();

  constructor(private readonly host: BoardHost) {}

  /** The panels that are shown. */
  shown(): string[] {
    return this.host.sections().flatMap((section) => this.shownOf(section));
  }

  arrange(): void {
    const focused = (this.root.getRootNode() as ShadowRoot).activeElement;
    const sections = this.host.sections();
    this.root.replaceChildren(...sections.map((section) => this.section(section)));
    if (!sections.length) this.root.append(element("p", { class: "nothing" }, this.host.nothing()));
    // What is put elsewhere in the page loses the focus.
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
    this.host.arranged();
  }

  private isOpen(section: Section): boolean {
    // A search opens what it finds; the machine's metrics wait until somebody asks.
    return this.open.get(section.name) ?? (!isSystem(section) || this.host.isSearched());
  }

  private shownOf(section: Section): readonly string[] {
    if (!this.isOpen(section)) return [];
    return section.metrics.slice(0, this.most.get(section.name) ?? FIRST);
  }

  private section(section: Section): HTMLElement {
    const { name, metrics } = section;
    const open = this.isOpen(section);
    const shown = this.shownOf(section);
    const heading = button(
      `${name} · ${grouped(metrics.length)}`,
      () => {
        this.open.set(name, !open);
        this.arrange();
        this.heading(name)?.focus();
      },
      { class: "heading", "aria-expanded": String(open) },
    );
    const panels = element("div", { class: "panels" }, ...shown.map((id) => this.host.panel(id).root));
    const rest = open ? metrics.length - shown.length : 0;
    const more = rest
      ? button(
          `Show ${grouped(Math.min(rest, FIRST))} more of ${grouped(rest)}`,
          () => {
            this.most.set(name, shown.length + FIRST);
            this.arrange();
          },
          { class: "quiet text" },
        )
      : null;
    return element("section", { "aria-label": name }, element("h2", {}, heading), panels, more);
  }

  private heading(name: string): HTMLElement | null {
    const section = [...this.root.children].find((one) => one.getAttribute("aria-label") === name);
    return section?.querySelector<HTMLElement>(".heading") ?? null;
  }
}
