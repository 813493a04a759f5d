import { describe, expect, it } from "vitest";
import { align, curvesOf, positive, smooth } from "../src/run_charts/metrics/curves";
import { moments, spans } from "../src/run_charts/metrics/axes";
import { sectionsOf } from "../src/run_charts/panels/sections";
import { tableOf } from "./frames";

const points = tableOf({
  series: ["a", "a", "b", "a"],
  metric: ["loss", "loss", "loss", "acc"],
  x: [0, 1, 0.5, 0],
  last: [1, NaN, 3, 0.5],
  min: [null, 0.5, 3, null],
  max: [null, 9, 3, null],
  count: [1, 10, 1, 1],
  nonfinite: [0, 2, 0, 0],
});

describe("curves in an answer", () => {
  const curves = curvesOf(points);

  it("are one for each run of a metric", () => {
    expect([...curves.keys()]).toEqual(["loss", "acc"]);
    expect(curves.get("loss")?.map((curve) => curve.series)).toEqual(["a", "b"]);
  });

  it("keep the spike of a stretch, and say how many values are none", () => {
    const [a] = curves.get("loss") ?? [];
    expect(a?.max).toEqual([1, 9]);
    expect(a?.last).toEqual([1, null]);
    expect([a?.logged, a?.nonfinite, a?.thinned]).toEqual([11, 2, true]);
  });
});

describe("lines on one axis", () => {
  it("go on where only others have a point, and break at what is no number", () => {
    const lines = align([
      { x: [0, 2], y: [1, null] },
      { x: [1, 2], y: [5, 6] },
    ]);
    expect(lines).toEqual([
      [0, 1, 2],
      [1, undefined, null],
      [undefined, 5, 6],
    ]);
  });

  it("smoothing begins without bias and leaves gaps; 0 changes nothing", () => {
    expect(smooth([2, 2, null, 2], 0.9).map((y) => y && Number(y.toFixed(9)))).toEqual([2, 2, null, 2]);
    expect(smooth([1, 5], 0)).toEqual([1, 5]);
    const [first, second] = smooth([0, 1], 0.5);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(2 / 3);
  });

  it("a log axis shows what is above zero", () => {
    expect(positive([1, 0, -1, null])).toEqual([1, null, null, null]);
  });
});

describe("sections", () => {
  it("are named by what stands before a slash; the machine's come last", () => {
    const metrics = ["system/cpu", "val/acc", "loss", "train/loss", "class_10", "class_2"];
    expect(sectionsOf(metrics, "").map((section) => section.name)).toEqual([
      "Metrics",
      "train",
      "val",
      "system",
    ]);
    expect(sectionsOf(metrics, "")[0]?.metrics).toEqual(["class_2", "class_10", "loss"]);
    expect(sectionsOf(metrics, " LOSS ").flatMap((section) => section.metrics)).toEqual([
      "loss",
      "train/loss",
    ]);
    expect(sectionsOf(["/odd"], "")[0]?.name).toBe("Metrics");
  });
});

describe("what stands at an axis", () => {
  it("spans have one unit where that is enough", () => {
    expect(spans([0, 30_000, 60_000, 5_400_000, 7_200_000])).toEqual([
      "0",
      "30 s",
      "1 min",
      "1 h 30 min",
      "2 h",
    ]);
  });

  it("the date stands where a day begins", () => {
    const noon = new Date(2026, 10, 30, 12).getTime();
    const hours = (count: number) => noon + count * 3_600_000;
    expect(moments([hours(0), hours(6), hours(12)])).toEqual(["30 Nov, 12:00", "18:00", "1 Dec, 00:00"]);
    expect(moments([hours(0), hours(48)])).toEqual(["30 Nov", "2 Dec"]);
  });
});
