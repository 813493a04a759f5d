/** A panel of another kind than curves: columns of the runs, drawn by its kind. */

import type { MenuItem } from "../../runs_table/controls/menu";
import type { Frame } from "../../shared/arrow";
import { plotId, type PlotSpec } from "../panels/arrangement";
import type { Entry } from "../panels/drawing";
import { Panel, type PanelHost } from "../panels/panel";
import { columnOf, labelOf } from "./columns";
import { plotForm } from "./plot_form";
import type { PlotHost, PlotKind } from "./kind";
import type { ColumnName } from "../types";

export interface PlotsHost extends PanelHost, PlotHost {
  columns(): readonly ColumnName[];
  change(panel: string, plot: PlotSpec): void;
}

export class PlotPanel extends Panel {
  protected override readonly away = "Remove";

  constructor(
    private readonly plot: PlotSpec,
    private readonly kind: PlotKind,
    protected override readonly host: PlotsHost,
  ) {
    super(plotId(plot), host);
    this.entitle(titleOf(kind, plot));
  }

  /** Draws the rows; what they lack yet is awaited. */
  draw(rows: Frame, ticked: ReadonlySet<string>): void {
    const { columns } = this.plot;
    if (!columns.every((name) => rows.has(name))) {
      const known = new Set(this.host.columns().map(({ name }) => name));
      const gone = columns.find((name) => !known.has(name));
      this.show(gone === undefined ? null : `None of these runs has ${gone}.`);
      return;
    }
    const runs = Array.from({ length: rows.length }, (_, row) => {
      const id = rows.text("run_id", row);
      return { id, name: rows.text("run_name", row) || id };
    });
    const subject = { runs, ticked, columns: columns.map((name) => columnOf(rows, name)) };
    this.show(() => this.kind.draw(this.place, subject, this.host, this.size));
  }

  protected override legend(): readonly Entry[] {
    return [];
  }

  override showRange(): void {
    // What is shared is a range of steps or times, which these panels have not.
  }

  protected override own(): readonly MenuItem[] {
    return [
      {
        label: this.formIsOpen ? "Close the form" : "Choose columns…",
        act: () => this.openForm(this.formIsOpen ? null : this.makeForm()),
      },
    ];
  }

  private makeForm(): HTMLElement {
    return plotForm({
      plot: this.plot,
      columns: this.host.columns(),
      done: (plot) => this.host.change(this.id, plot),
      close: () => this.openForm(null),
    });
  }
}

/** `loss by lr`, or what the kind says. */
function titleOf(kind: PlotKind, { columns }: PlotSpec): string {
  const labels = columns.map(labelOf);
  if (kind.heading) return kind.heading(labels);
  const [first = "", second = ""] = labels;
  return labels.length === 2 ? `${second} by ${first}` : labels.join(" · ");
}
