/** The header of the column of ticks: ticks all rows that are shown. */

import type { IHeaderComp, IHeaderParams } from "ag-grid-community";
import { element } from "../../shared/dom";

interface TickHost {
  registerTicks(header: TickHeader): void;
  toggleAllShown(): void;
}

export class TickHeader implements IHeaderComp {
  private readonly tick = element("input", {
    type: "checkbox",
    class: "tick-all",
    tabindex: -1,
    "aria-label": "Tick all shown runs",
    title: "Tick all shown runs (Ctrl+A)",
  });

  init(params: IHeaderParams): void {
    const host = params.context as TickHost;
    this.tick.addEventListener("click", () => host.toggleAllShown());
    params.eGridHeader.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") {
        event.preventDefault();
        host.toggleAllShown();
      }
    });
    host.registerTicks(this);
  }

  getGui(): HTMLElement {
    return element("label", { class: "tick-cell" }, this.tick);
  }

  refresh(): boolean {
    return true;
  }

  /** `shown` is how many runs there are to tick: of folded groups none. */
  show(coverage: "none" | "some" | "all", shown: number): void {
    this.tick.disabled = !shown;
    this.tick.checked = coverage === "all";
    this.tick.indeterminate = coverage === "some";
  }
}
