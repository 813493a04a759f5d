/** The rows that AG Grid has put into the page: what is said of them, and how they look. */

import type { Row } from "./rows";

export class RowElements {
  constructor(
    private readonly place: HTMLElement,
    private readonly isTicked: (runId: string) => boolean,
  ) {}

  /** Called for the parts of each row that is made: one for each side that columns are pinned to. */
  created(parts: readonly (HTMLElement | undefined)[], row: Row): void {
    for (const part of parts) {
      if (!part) continue;
      part.dataset.run = row.id;
      part.classList.toggle("group-row", row.group);
      this.describeRow(part, row);
    }
  }

  /** Says again what the grid is and which level each row has, for screen readers. */
  describe(label: string, rows: readonly Row[]): void {
    const grid = this.place.querySelector('[role="grid"], [role="treegrid"]');
    grid?.setAttribute("role", "treegrid");
    grid?.setAttribute("aria-label", label);
    grid?.setAttribute("aria-multiselectable", "true");
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const part of this.parts()) {
      const row = byId.get(part.dataset.run ?? "");
      if (row) this.describeRow(part, row);
    }
  }

  showTicks(): void {
    for (const tick of this.place.querySelectorAll<HTMLInputElement>("input.tick")) {
      tick.checked = this.isTicked(tick.dataset.run ?? "");
    }
    for (const part of this.parts()) this.showTicked(part, part.dataset.run ?? "");
  }

  /** Marks the run that the pointer is on, here or in a chart. */
  highlight(runId: string | null): void {
    for (const part of this.parts()) {
      part.classList.toggle("pointed", runId !== null && part.dataset.run === runId);
    }
  }

  private describeRow(part: HTMLElement, row: Row): void {
    part.setAttribute("aria-level", String(row.depth + 1));
    if (row.children) part.setAttribute("aria-expanded", String(row.open));
    else part.removeAttribute("aria-expanded");
    this.showTicked(part, row.id);
  }

  private showTicked(part: HTMLElement, runId: string): void {
    const ticked = this.isTicked(runId);
    part.classList.toggle("ticked", ticked);
    part.setAttribute("aria-selected", String(ticked));
  }

  private parts(): NodeListOf<HTMLElement> {
    return this.place.querySelectorAll<HTMLElement>(".ag-row");
  }
}
