/** One number of each run: dots between the lowest and the highest, the highest first. */

import { Dots } from "../metrics/dots";
import type { PlotKind } from "./kind";

export const dotPlot: PlotKind = {
  name: "dots",
  title: "Dots by run",
  fields: [{ label: "Value", number: true }],
  draw(place, { runs, columns: [column], ticked }, host, size) {
    const rows = runs.flatMap((run, row) => {
      const value = column?.numbers[row] ?? null;
      return value === null || (ticked.size && !ticked.has(run.id)) ? [] : [{ series: run.id, last: [value] }];
    });
    if (!rows.length) return "None of the shown runs has this value.";
    return new Dots(place, rows, runs, (id) => host.hovered(id), size);
  },
};
