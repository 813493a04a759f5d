import { describe, expect, it } from "vitest";
import type { ColumnSpec, View } from "../src/runs_table/types";
import { ViewState } from "../src/runs_table/view";

const EMPTY: View = {
  columns: [],
  sort: [],
  baselines: [],
  only_differing: false,
  shading: "none",
  best: {},
  group: [],
  spread: "std",
};
const column = (id: string, kind: ColumnSpec["kind"] = "number"): ColumnSpec => ({
  id,
  field: id,
  label: id,
  group: "metrics",
  kind,
  groupable: false,
  differs: true,
});
const loss = column("metrics.loss");
const acc = column("metrics.acc");
const start = column("start", "time");

describe("how a table is arranged", () => {
  it("comes back as it was given", () => {
    const view: View = {
      columns: [{ id: "a", width: 120 }, { id: "b", pinned: true }],
      sort: [{ by: "a", ascending: true }],
      baselines: ["r1"],
      only_differing: true,
      shading: "heat",
      best: { "metrics.loss": "higher" },
      group: ["params.lr", "status"],
      spread: "interval",
    };
    expect(new ViewState(view).given()).toEqual(view);
  });

  it("a click sorts, the next turns it round, the third ends it", () => {
    const view = new ViewState(EMPTY);
    view.progressSort(acc, false);
    expect(view.sort).toEqual([{ by: "metrics.acc", ascending: false }]);
    view.progressSort(acc, false);
    expect(view.sort).toEqual([{ by: "metrics.acc", ascending: true }]);
    view.progressSort(acc, false);
    expect(view.sort).toEqual([]);
  });

  it("the best comes first: the lowest loss, the highest accuracy, the newest start", () => {
    const view = new ViewState(EMPTY);
    for (const one of [loss, acc, start]) view.progressSort(one, true);
    expect(view.sort.map((term) => term.ascending)).toEqual([true, false, false]);
  });

  it("with shift a column joins the others in its place", () => {
    const view = new ViewState(EMPTY);
    view.progressSort(loss, false);
    view.progressSort(acc, true);
    view.progressSort(loss, true);
    expect(view.sort.map((term) => term.by)).toEqual(["metrics.loss", "metrics.acc"]);
    expect(view.sort[0]?.ascending).toBe(false);
  });

  it("columns that the grid does not have yet keep their place when others are dragged", () => {
    const view = new ViewState({ ...EMPTY, columns: ["a", "new", "b", "c"].map((id) => ({ id })) });
    view.reorder(["c", "a", "b"]);
    expect(view.order).toEqual(["c", "new", "a", "b"]);
  });

  it("hidden columns are not in the view, and come back where they were", () => {
    const view = new ViewState({ ...EMPTY, columns: ["a", "b", "c"].map((id) => ({ id })) });
    view.show(["b"], false);
    expect(view.given().columns.map(({ id }) => id)).toEqual(["a", "c"]);
    view.show(["b"], true);
    expect(view.given().columns.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("only a direction that differs from the name's is kept", () => {
    const view = new ViewState(EMPTY);
    view.setDirection(loss, "higher");
    expect(view.given().best).toEqual({ "metrics.loss": "higher" });
    view.setDirection(loss, "lower");
    expect(view.given().best).toEqual({});
    expect(view.direction(start)).toBe("none");
  });
});
