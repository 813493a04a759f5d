import { describe, expect, it, vi } from "vitest";
import { RunComparison } from "../src/run_comparison/comparison";
import { drawCell } from "../src/run_comparison/cells";
import { isLine, linesOf, rowsOf, type Line } from "../src/run_comparison/lines";
import type { ComparisonData } from "../src/run_comparison/types";
import { covers, spanOf } from "../src/shared/window";
import type { ColumnSpec, Direction } from "../src/runs_table/types";
import { frameOf, tableOf } from "./frames";

const plain = { groupable: false, differs: true };
const COLUMNS: ColumnSpec[] = [
  { id: "name", field: "run_name", label: "Name", group: "run", kind: "name", ...plain },
  { id: "status", field: "status", label: "Status", group: "run", kind: "status", ...plain },
  { id: "metrics.loss", field: "metrics.loss", label: "loss", group: "metrics", kind: "number", ...plain },
  { id: "metrics.seed", field: "metrics.seed", label: "seed", group: "metrics", kind: "number", ...plain },
  { id: "params.id", field: "params.id", label: "id", group: "params", kind: "text", ...plain },
  { id: "params.same", field: "params.same", label: "same", group: "params", kind: "text", ...plain },
  { id: "tags.gone", field: "tags.gone", label: "gone", group: "tags", kind: "text", ...plain },
];
const VALUES = {
  run_id: ["a", "b", "c"],
  run_name: ["<b>first</b>", "second", ""],
  project: ["fraud", "churn", "fraud"],
  experiment_name: ["x", "x", "y"],
  status: ["FINISHED", "FINISHED", "FINISHED"],
  "metrics.loss": [0.1, NaN, null],
  "metrics.seed": [1234560, 1234561, 1234560],
  "params.id": ["00120", "120", null],
  "params.same": ["1", "1", "1"],
};

const lines = () => linesOf(frameOf(VALUES), COLUMNS, {});
function line(id: string, best: Record<string, Direction> = {}): Line {
  const found = linesOf(frameOf(VALUES), COLUMNS, best).find((one) => one.spec.id === id);
  if (!found) throw new Error(`no line ${id}`);
  return found;
}

const labels = (only: boolean, search = "") =>
  rowsOf(lines(), only, search).map((row) => (isLine(row) ? row.spec.label : `# ${row.section}`));

describe("the lines of a comparison", () => {
  it("only what differs: a value that one run lacks differs, texts of digits too", () => {
    expect(labels(true)).toEqual(["# Parameters", "id", "# Metrics", "loss", "seed"]);
  });

  it("all of them, in their sections; what was not read has none", () => {
    expect(labels(false)).toEqual([
      ...["# Parameters", "id", "same", "# Metrics", "loss", "seed", "# Attributes", "Status"],
    ]);
  });

  it("a search by name", () => {
    expect(labels(false, "SAM")).toEqual(["# Parameters", "same"]);
    expect(labels(true, "nothing")).toEqual([]);
  });
});

describe("a cell", () => {
  const text = (id: string, run: number) => drawCell(line(id), run).textContent;

  it("tells NaN from nothing and shows numbers and texts as they were logged", () => {
    expect([0, 1, 2].map((run) => text("metrics.loss", run))).toEqual(["0.1", "NaN", "–"]);
    expect([0, 1, 2].map((run) => text("params.id", run))).toEqual(["00120", "120", "–"]);
    expect(text("metrics.seed", 0)).toContain("1234560");
    expect(text("metrics.seed", 1)).toContain("1234561");
  });

  it("marks the best of a metric, in the direction that was chosen", () => {
    expect(drawCell(line("metrics.seed"), 1).className).toBe("number best");
    expect(drawCell(line("metrics.seed", { "metrics.seed": "lower" }), 1).className).toBe("number");
  });
});

describe("what is drawn of many", () => {
  it("what is seen and some around it, never beyond the ends", () => {
    expect(spanOf(0, 100, 10, 1000)).toEqual({ first: 0, end: 16 });
    expect(spanOf(5000, 100, 10, 1000)).toEqual({ first: 494, end: 516 });
    expect(spanOf(9900, 100, 10, 1000)).toEqual({ first: 984, end: 1000 });
    expect(spanOf(9900, 100, 10, 3)).toEqual({ first: 0, end: 3 });
    expect(spanOf(0, 100, 10, 0)).toEqual({ first: 0, end: 0 });
  });

  it("is drawn again only where it ends", () => {
    expect(covers({ first: 0, end: 16 }, 50, 100, 10)).toBe(true);
    expect(covers({ first: 0, end: 16 }, 70, 100, 10)).toBe(false);
  });
});

describe("the component", () => {
  function mounted(values: Record<string, unknown[]> = VALUES) {
    const parentElement = document.createElement("div");
    document.body.append(parentElement);
    const setStateValue = vi.fn();
    const data: ComparisonData = {
      ...{ frame: tableOf(values), version: "1", columns: COLUMNS, page: "run" },
      ...{ label: "Compared runs", lines: "differing", best: {}, height: 400 },
    };
    const args = { data, parentElement, setStateValue, setTriggerValue: vi.fn() };
    const made = new RunComparison(args, "");
    made.update(args);
    return { made, parentElement, setStateValue };
  }

  it("leads to each run in its own project, and a name is no markup", () => {
    const { parentElement } = mounted();
    const links = [...parentElement.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "run?project=fraud&run_id=a",
      "run?project=churn&run_id=b",
      "run?project=fraud&run_id=c",
    ]);
    expect(links[0]?.textContent).toBe("<b>first</b>");
    expect(links[2]?.textContent).toBe("c");
    expect(parentElement.querySelector("th b")).toBeNull();
  });

  it("shows all lines when asked, and says so", () => {
    const { parentElement, setStateValue } = mounted();
    expect(parentElement.textContent).toContain("3 of 5 lines, 3 runs");
    parentElement.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
    expect(setStateValue).toHaveBeenCalledWith("lines", "all");
    expect(parentElement.textContent).toContain("5 of 5 lines, 3 runs");
  });

  it("draws a part of 500 runs", () => {
    const ids = Array.from({ length: 500 }, (_, at) => `run-${at}`);
    const { parentElement } = mounted({ run_id: ids, run_name: ids, "metrics.loss": ids.map((_, at) => at) });
    expect(parentElement.querySelectorAll("thead a").length).toBeLessThan(20);
    expect(parentElement.querySelector("table")?.getAttribute("aria-colcount")).toBe("501");
  });

  it("says that runs are the same", () => {
    const { parentElement } = mounted({ run_id: ["a", "b"], run_name: ["x", "y"], "params.same": ["1", "1"] });
    expect(parentElement.textContent).toContain("the same in all that they logged");
  });
});
