import { describe, expect, it } from "vitest";
import { importancesOf, rankCorrelation } from "../src/run_charts/importance/importance";
import { importance } from "../src/run_charts/plots/importance";
import { columnOf } from "../src/run_charts/plots/columns";
import { frameOf } from "./frames";

const RUNS = 200;
const numbers = (of: (row: number) => number, runs = RUNS) => Array.from({ length: runs }, (_, row) => of(row));
/** From 0 to 1, without an order. */
const scattered = (row: number, by: number) => (row * by) % 1;

function found(columns: Readonly<Record<string, readonly unknown[]>>, metric = "metrics.loss") {
  const frame = frameOf(columns);
  const others = Object.keys(columns).filter((name) => name !== metric);
  return importancesOf(
    columnOf(frame, metric),
    others.map((name) => columnOf(frame, name)),
  );
}

describe("which parameters a metric depends on", () => {
  const lr = numbers((row) => scattered(row, 0.618034));
  const seed = numbers((row) => scattered(row, 0.414213));

  it("one that decides it comes first, and one that does not matter is near nothing", () => {
    const result = found({ "metrics.loss": lr.map((value) => value ** 2), "params.seed": seed.map(String), "params.lr": lr.map(String) });
    expect(result?.of.map(({ column }) => column.label)).toEqual(["lr", "seed"]);
    expect(result?.of[0]?.loss).toBeGreaterThan(0.8);
    expect(Math.abs(result?.of[1]?.loss ?? 1)).toBeLessThan(0.05);
    expect(result?.r2).toBeGreaterThan(0.9);
    expect(result?.of[0]?.correlation).toBeCloseTo(1, 5);
  });

  it("two that matter only together are found, where a correlation says nothing", () => {
    const loss = lr.map((value, row) => Number(value > 0.5) ^ Number((seed[row] ?? 0) > 0.5));
    const result = found({ "metrics.loss": loss, "params.lr": lr.map(String), "params.seed": seed.map(String) });
    for (const one of result?.of ?? []) {
      expect(one.loss).toBeGreaterThan(0.5);
      expect(Math.abs(one.correlation ?? 1)).toBeLessThan(0.2);
    }
  });

  it("a text is split by what it means, and has no correlation", () => {
    const kinds = ["sgd", "adam", "rmsprop"];
    const kind = numbers((row) => row % 3).map((at) => kinds[at]);
    const loss = kind.map((name) => (name === "adam" ? 1 : 0));
    const result = found({ "metrics.loss": loss, "params.optimiser": kind, "params.seed": seed.map(String) });
    expect(result?.of[0]?.column.label).toBe("optimiser");
    expect(result?.of[0]?.correlation).toBeNull();
    expect(result?.r2).toBeGreaterThan(0.9);
  });

  it("of chance alone the model explains nothing, and the panel says so", () => {
    const columns = { "metrics.loss": seed, "params.lr": lr.map(String) };
    expect(found(columns)?.r2).toBeLessThan(0.2);
    expect(noteOf(columns)).toContain("explain little");
  });

  it("missing values are values of their own", () => {
    const loss = numbers((row) => row % 2);
    const given = numbers((row) => row).map((row) => (row % 2 ? "0.1" : null));
    expect(found({ "metrics.loss": loss, "params.dropout": given })?.r2).toBeGreaterThan(0.9);
  });

  it.each([
    ["no run", []],
    ["nine runs", numbers((row) => row, 9)],
    ["one value in all", numbers(() => 1)],
    ["no finite number", numbers(() => NaN)],
  ])("%s: nothing can be said", (_, loss) => {
    expect(found({ "metrics.loss": loss, "params.lr": loss.map(String) })).toBeNull();
  });

  it("below thirty runs it warns", () => {
    const few = lr.slice(0, 20);
    expect(noteOf({ "metrics.loss": few, "params.lr": few.map(String) })).toContain("Only 20 runs");
  });

  it("the same runs give the same answer", () => {
    const columns = { "metrics.loss": seed, "params.lr": lr.map(String) };
    expect(found(columns)).toEqual(found(columns));
  });

  it("of many runs some are taken, evenly", () => {
    const many = numbers((row) => scattered(row, 0.618034), 9_999);
    const result = found({ "metrics.loss": many, "params.lr": many.map(String) });
    expect(result?.runs).toBe(2_000);
    expect(result?.r2).toBeGreaterThan(0.9);
  });
});

describe("a rank correlation", () => {
  it("is of the rows that have both, and ties share their place", () => {
    expect(rankCorrelation([1, 2, 3, null], [10, 20, 900, 5], [0, 1, 2, 3])).toBeCloseTo(1);
    expect(rankCorrelation([1, 1, 2, 2], [1, 2, 1, 2], [0, 1, 2, 3])).toBeCloseTo(0);
    expect(rankCorrelation([1, 1], [1, 2], [0, 1])).toBeNull();
  });
});

function noteOf(columns: Readonly<Record<string, readonly unknown[]>>): string {
  const frame = frameOf(columns);
  const subject = {
    runs: [],
    columns: Object.keys(columns).map((name) => columnOf(frame, name)),
    ticked: new Set<string>(),
  };
  const host = { hovered: () => undefined, filter: () => undefined };
  const drawn = importance.draw(document.createElement("div"), subject, host, { width: 300, height: 200 });
  return typeof drawn === "string" ? drawn : drawn.note;
}
