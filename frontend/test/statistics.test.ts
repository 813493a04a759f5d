import { describe, expect, it } from "vitest";
import { ColumnStatistics, directionOf } from "../src/runs_table/statistics";
import { frameOf } from "./frames";

const of = (...values: unknown[]) => new ColumnStatistics(frameOf({ v: values }).column("v"));

describe("which values of a metric are good", () => {
  it.each([
    ["metrics.loss", "lower"],
    ["metrics.val/RMSE", "lower"],
    ["metrics.valLoss", "lower"],
    ["metrics.cross_entropy_loss", "lower"],
    ["metrics.accuracy", "higher"],
    ["metrics.flosser", "higher"],
    ["metrics.system/cpu_utilization", "none"],
    ["metrics.epoch", "none"],
  ])("%s: %s", (metric, direction) => {
    expect(directionOf(metric)).toBe(direction);
  });
});

describe("a column as a whole", () => {
  it("the best is the lowest or highest finite number", () => {
    const loss = of(0.5, 0.1, NaN, Infinity, null);
    expect(loss.isBest(0.1, "lower")).toBe(true);
    expect(loss.isBest(0.5, "higher")).toBe(true);
    expect(loss.isBest(Infinity, "higher")).toBe(false);
    expect(loss.isBest(0.1, "none")).toBe(false);
  });

  it("a value that all share is not the best", () => {
    expect(of(1, 1).isBest(1, "higher")).toBe(false);
    expect(of().isBest(1, "higher")).toBe(false);
  });

  it("differs where a run has another value, or none", () => {
    expect(of("a", "a").differs).toBe(false);
    expect(of(NaN, NaN).differs).toBe(false);
    expect(of("a", null).differs).toBe(true);
    expect(of("00120", "120").differs).toBe(true);
    expect(of().differs).toBe(false);
  });

  it("a share lies between 0 and 1, and what is no number has none", () => {
    expect([0, 5, 10].map((value) => of(0, 10).share(value))).toEqual([0, 0.5, 1]);
    expect(of(0, 10).share(NaN)).toBeNull();
    expect(of(-1.7e308, 1.7e308).share(0)).toBeNull();
  });
});
