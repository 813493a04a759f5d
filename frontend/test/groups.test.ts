import { describe, expect, it, vi } from "vitest";
import {
  describeGroup,
  type GroupStatistics,
  groupStatistics,
  meanAndSpread,
} from "../src/runs_table/groups/group_statistics";
import { allButSeed, groupedBy, Grouping, type GroupingHost, isSeed } from "../src/runs_table/groups/grouping";
import { Contents } from "../src/runs_table/contents";
import type { ColumnSpec, TableData } from "../src/runs_table/types";
import { Unfolding } from "../src/runs_table/groups/unfolding";
import { frameOf, tableOf } from "./frames";

const param = (key: string, differs = true, groupable = true): ColumnSpec => ({
  id: `params.${key}`,
  field: `params.${key}`,
  label: key,
  group: "params",
  kind: "text",
  groupable,
  differs,
});

const five: GroupStatistics = {
  std: 0.0123456,
  low: 0.89671,
  high: 0.92737,
  min: 0.9,
  max: 0.9312345678,
  median: 0.91,
  count: 5,
  nan: 1,
};

describe("a cell of a group", () => {
  it("shows the mean with the digits that its deviation makes sense of", () => {
    expect(meanAndSpread(0.912041, five, "std")).toEqual({ mean: "0.912", spread: "± 0.012" });
    expect(meanAndSpread(0.912041, five, "interval").spread).toBe("0.897 – 0.927");
    expect(meanAndSpread(0.912041, five, "range").spread).toBe("0.9 – 0.9312345678");
  });

  it("shows large and tiny deviations", () => {
    const of = (std: number) => meanAndSpread(1234.5678, { ...five, std }, "std");
    expect(of(321)).toEqual({ mean: "1235", spread: "± 321" });
    expect(of(1e-12).spread).toBe("± 1e-12");
  });

  it("shows one value as it was logged, and equal ones without rounding", () => {
    const one = { ...five, std: null, low: null, high: null, count: 1 };
    expect(meanAndSpread(0.1234567890123, one, "std")).toEqual({
      mean: "0.1234567890123",
      spread: "",
    });
    expect(meanAndSpread(0.1234567890123, { ...five, std: 0 }, "std")).toEqual({
      mean: "0.1234567890123",
      spread: "± 0",
    });
  });

  it("shows NaN where nothing else was logged, and nothing where nothing was", () => {
    const none = { ...five, std: null, min: null, max: null, count: 0, nan: 0 };
    expect(meanAndSpread(null, { ...none, nan: 2 }, "std").mean).toBe("NaN");
    expect(meanAndSpread(null, none, "std").mean).toBe("");
  });

  it("says every statistic in full", () => {
    expect(describeGroup(0.912041, five)).toBe(
      "mean 0.912041, deviation 0.0123456, 95 % interval 0.89671 to 0.92737, " +
        "0.9 to 0.9312345678, median 0.91, 5 values, 1 NaN",
    );
  });

  it("reads them from the columns beside the mean", () => {
    const frame = frameOf({ "metrics.a": [1], "metrics.a~std": [0.5], "metrics.a~count": [3] });
    expect(groupStatistics(frame, "metrics.a", 0)).toMatchObject({ std: 0.5, count: 3, min: null });
  });
});

describe("everything but the seed", () => {
  it.each(["seed", "random_state", "random_seed", "train_seed", "model.seed", "SEED"])(
    "%s is a seed",
    (name) => expect(isSeed(name)).toBe(true),
  );

  it.each(["seeds", "seedling", "reseed", "random", "lr"])("%s is none", (name) => {
    expect(isSeed(name)).toBe(false);
  });

  it("is what differs and can be grouped by", () => {
    const columns = [param("lr"), param("seed"), param("depth", false), param("a`b", true, false)];
    expect(allButSeed(columns)).toEqual(["params.lr"]);
  });
});

describe("what runs are grouped by", () => {
  it("is what the view says, of what these runs have, in its order", () => {
    const columns = [param("lr"), param("opt"), param("a`b", true, false)];
    const wanted = ["params.opt", "params.gone", "params.a`b", "params.lr"];
    expect(groupedBy(columns, wanted)).toEqual(["params.opt", "params.lr"]);
  });
});

function panel(columns: readonly ColumnSpec[], most = 2) {
  let group: readonly string[] = [];
  const setGroup = vi.fn((ids: readonly string[]) => {
    group = ids;
  });
  const closed = vi.fn();
  const host: GroupingHost = {
    columns: () => columns,
    group: () => group,
    spread: () => "std",
    most: () => most,
    setGroup,
    setSpread: vi.fn(),
    closed,
  };
  const made = new Grouping(host);
  made.openIn(document.body);
  const ticks = () => [...made.root.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
  return { setGroup, closed, root: made.root, ticks };
}

describe("the panel of groups", () => {
  it("groups by what is ticked, in the order of the ticks", () => {
    const { setGroup, ticks } = panel([param("lr"), param("opt")]);
    ticks()[1]?.click();
    ticks()[0]?.click();
    expect(setGroup).toHaveBeenLastCalledWith(["params.opt", "params.lr"]);
    ticks()[1]?.click();
    expect(setGroup).toHaveBeenLastCalledWith(["params.lr"]);
  });

  it("groups by everything but the seed in one click, or says why it cannot", () => {
    const few = panel([param("lr"), param("seed")]);
    few.root.querySelector<HTMLButtonElement>(".tool")?.click();
    expect(few.setGroup).toHaveBeenCalledWith(["params.lr"]);
    const many = panel(["a", "b", "c"].map((name) => param(name)));
    expect(many.root.querySelector<HTMLButtonElement>(".tool")?.disabled).toBe(true);
    expect(many.root.textContent).toContain("3 parameters differ: runs are grouped by 2 at most.");
  });

  it("closes by Escape", () => {
    const { closed, root } = panel([param("lr")]);
    root.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(root.isConnected).toBe(false);
    expect(closed).toHaveBeenCalled();
  });
});

describe("unfolding", () => {
  it("asks for the runs of a group once, and ticks them when they come", () => {
    const ask = vi.fn();
    const unfolding = new Unfolding(ask);
    unfolding.keep(["params.lr"]);
    unfolding.toggle("g1", false);
    unfolding.tick("g2");
    expect(ask).toHaveBeenLastCalledWith(["g1", "g2"]);
    const runs = new Map([["g1", ["a"]]]);
    expect(unfolding.loaded((group) => runs.get(group) ?? [])).toEqual([]);
    expect([unfolding.isLoading("g1"), unfolding.isLoading("g2")]).toEqual([false, true]);
    runs.set("g2", ["b", "c"]);
    expect(unfolding.loaded((group) => runs.get(group) ?? [])).toEqual(["b", "c"]);
    expect(unfolding.loaded((group) => runs.get(group) ?? [])).toEqual([]);
    expect(unfolding.opened).toEqual(new Set(["g1"]));
    unfolding.toggle("g1", true);
    unfolding.toggle("g1", true);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("begins anew when runs are grouped by something else", () => {
    const unfolding = new Unfolding(vi.fn());
    unfolding.keep(["a"]);
    unfolding.toggle("g1", false);
    unfolding.keep(["a"]);
    expect(unfolding.opened.size).toBe(1);
    unfolding.keep(["b"]);
    expect(unfolding.opened.size).toBe(0);
  });
});

describe("the runs of a group", () => {
  it("says how many of them are not here", () => {
    const contents = new Contents({
      frame: tableOf({
        run_id: ["group-a", "group-b", "1", "2"],
        parent_run_id: [null, null, "group-a", "group-a"],
        count: [5, 7, null, null],
      }),
      version: "1",
      columns: [],
      groups: 2,
      grouped_by: ["params.lr"],
    } as unknown as TableData);
    expect(contents.runsOf("group-a")).toEqual(["1", "2"]);
    expect(contents.missingOf("group-a")).toBe(3);
    expect(contents.missingOf("group-b"), "none of its runs were asked for").toBe(0);
    expect(contents.groupedRuns()).toBe(12);
  });
});
