import { describe, expect, it } from "vitest";
import { Contents } from "../src/runs_table/contents";
import { Bar } from "../src/runs_table/controls/bar";
import type { ColumnSpec, TableData } from "../src/runs_table/types";
import { RunUpdates } from "../src/run_updates/run_updates";
import type { UpdatesData } from "../src/run_updates/types";
import { listen, tell, type Updates } from "../src/shared/events";
import type { RendererArgs } from "../src/shared/streamlit";
import { frameOf, tableOf } from "./frames";

const column = (id: string, kind: ColumnSpec["kind"]): ColumnSpec => ({
  id, field: id, label: id, group: "metrics", kind, groupable: false, differs: false,
});

function contents(): Contents {
  const frame = tableOf({
    run_id: ["a", "b", "c"],
    parent_run_id: [null, null, null],
    status: ["RUNNING", "FINISHED", "RUNNING"],
    loss: [0.5, 0.2, null],
    lr: ["00120", "7", "8"],
  });
  const columns = [column("status", "status"), column("loss", "number"), column("lr", "text")];
  return new Contents({ frame, version: "1", columns, groups: 0, grouped_by: [] } as unknown as TableData);
}

describe("what became of runs", () => {
  it("is in their rows, which stay in their places", () => {
    const table = contents();
    const changed = table.renew(
      frameOf({ run_id: ["c", "a", "gone"], status: ["FINISHED", "RUNNING", "FAILED"], loss: [NaN, 0.1, 9] }),
    );
    expect(changed).toEqual(["status", "loss"]);
    const column = (name: string) => [0, 1, 2].map((at) => table.frame.column(name).at(at));
    expect(column("run_id")).toEqual(["a", "b", "c"]);
    expect(column("loss")).toEqual([0.1, 0.2, NaN]);
    expect(column("status")).toEqual(["RUNNING", "FINISHED", "FINISHED"]);
    expect(column("lr"), "what was not read again is as it was").toEqual(["00120", "7", "8"]);
  });

  it("is told once, and nothing changes when it is told again", () => {
    const table = contents();
    const newer = frameOf({ run_id: ["c"], status: ["RUNNING"], loss: [NaN] });
    expect(table.renew(newer)).toEqual(["loss"]);
    expect(table.renew(newer)).toEqual([]);
  });

  it("decides anew which value is best", () => {
    const table = contents();
    expect(table.statisticsOf("loss").isBest(0.2, "lower")).toBe(true);
    table.renew(frameOf({ run_id: ["a"], loss: [0.1] }));
    expect(table.statisticsOf("loss").isBest(0.2, "lower")).toBe(false);
    expect(table.statisticsOf("loss").isBest(0.1, "lower")).toBe(true);
  });

  it("is not taken for another reading of the table", () => {
    expect([contents().isOf("1"), contents().isOf("2")]).toEqual([true, false]);
  });
});

describe("the bar", () => {
  const bar = () => {
    const asked: string[] = [];
    const act = new Proxy({}, { get: (_, name) => () => asked.push(String(name)) });
    const made = new Bar(act as ConstructorParameters<typeof Bar>[0]);
    const button = made.top.querySelector<HTMLButtonElement>("button.begun");
    return { asked, made, button };
  };
  const news = (running: number, begun: string): Updates => ({
    frame: tableOf({}), of: "1", running, begun, at: "12:03:20",
  });

  it("says how many runs go on, and as of when", () => {
    const { made, button } = bar();
    made.showUpdates(news(2, "0"));
    expect(made.top.textContent).toContain("2 running, as of 12:03:20");
    expect(button?.hidden).toBe(true);
  });

  it("offers what began since, and says so to a screen reader once", () => {
    const { asked, made, button } = bar();
    made.showUpdates(news(0, "1"));
    expect(button?.textContent).toBe("Show 1 new run");
    const said = made.top.querySelector('.news [role="status"]')?.firstChild;
    expect(said?.textContent).toBe("1 new run");
    made.showUpdates(news(0, "1"));
    expect(made.top.querySelector('.news [role="status"]')?.firstChild).toBe(said);
    button?.click();
    expect(asked).toEqual(["readAgain"]);
    made.showUpdates(news(0, "99+"));
    expect(button?.textContent).toBe("Show 99+ new runs");
  });
});

describe("the component", () => {
  const args = (version: string): RendererArgs<UpdatesData> => ({
    data: { frame: tableOf({}), of: "1", running: 1, begun: "0", at: "", version },
    parentElement: document.createElement("div"),
    setStateValue: () => undefined,
    setTriggerValue: () => undefined,
  });

  it("tells each news once, and again to a table that comes later", () => {
    const told: Updates[] = [];
    const stop = listen("updates", (one) => told.push(one));
    const component = new RunUpdates(args("a"));
    component.update(args("a"));
    component.update(args("a"));
    expect(told).toHaveLength(1);
    component.update(args("b"));
    tell("awaited", null);
    expect(told).toHaveLength(3);
    component.destroy();
    tell("awaited", null);
    expect(told).toHaveLength(3);
    stop();
  });
});
