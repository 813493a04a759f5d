import { describe, expect, it } from "vitest";
import { list, nest, sort, unfold } from "../src/runs_table/rows";
import { frameOf, runs } from "./frames";

const ids = (rows: readonly { id: string }[]) => rows.map((row) => row.id).join(" ");

describe("children stand below their parents", () => {
  it("with their levels, in the order of the frame", () => {
    const frame = runs(["child", "parent"], ["other"], ["grandchild", "child"], ["parent"]);
    const rows = nest(frame, new Set());
    expect(ids(rows)).toBe("other parent child grandchild");
    expect(rows.map((row) => row.depth)).toEqual([0, 0, 1, 2]);
    expect(rows.map((row) => row.children)).toEqual([0, 1, 1, 0]);
  });

  it("and are hidden with everything below them when the parent is closed", () => {
    const frame = runs(["a"], ["b", "a"], ["c", "b"], ["d"]);
    expect(ids(nest(frame, new Set(["a"])))).toBe("a d");
    expect(ids(nest(frame, new Set(["b"])))).toBe("a b d");
  });

  it("a run whose parent is not there stays where it is", () => {
    expect(ids(nest(runs(["a", "gone"], ["b"]), new Set()))).toBe("a b");
  });

  it("runs that name each other or themselves are shown once", () => {
    const frame = runs(["a", "b"], ["b", "a"], ["c", "c"]);
    expect([...nest(frame, new Set())].map((row) => row.id).sort().join("")).toBe("abc");
  });

  it("a chain of 20,000 parents is no matter", () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => [`r${at}`, `r${at - 1}`] as const);
    expect(nest(runs(...rows), new Set()).at(-1)?.depth).toBe(19_999);
  });
});

describe("rows by several columns", () => {
  const frame = frameOf({
    run_id: ["a", "b", "c", "d", "e"],
    loss: [0.5, null, NaN, 0.1, 0.5],
    lr: ["0.1", "10", "9", null, "1e-3"],
    name: ["x10", "x9", "00120", "120", "b"],
  });
  const by = (...terms: [string, boolean][]) =>
    ids(
      sort(
        list(frame),
        terms.map(([field, ascending]) => ({ by: field, ascending })),
        (id) => (frame.has(id) ? frame.column(id) : null),
      ),
    );

  it("no value comes last both ways, NaN before it; equal rows stay", () => {
    expect(by(["loss", true])).toBe("d a e c b");
    expect(by(["loss", false])).toBe("a e d c b");
  });

  it("the second column decides among equals of the first", () => {
    expect(by(["loss", true], ["lr", true])).toBe("d e a c b");
  });

  it("texts that are numbers are ordered by number, others by their signs", () => {
    expect(by(["lr", true])).toBe("e a c b d");
    expect(by(["name", true])).toBe("c d e a b");
  });

  it("an unknown column changes nothing", () => {
    expect(by(["gone", true])).toBe("a b c d e");
  });
});

describe("groups unfold into their runs", () => {
  const frame = frameOf({
    run_id: ["g1", "g2", "a", "b", "c"],
    parent_run_id: [null, null, "g1", "g1", "gone"],
    count: [2, 5, null, null, null],
    loss: [0.5, 0.2, 0.9, 0.1, 0],
  });
  const byLoss = (rows: readonly { id: string }[] | Parameters<typeof sort>[0]) =>
    sort(rows as Parameters<typeof sort>[0], [{ by: "loss", ascending: true }], () =>
      frame.column("loss"),
    );

  it("sorted among themselves, and the runs of each as well", () => {
    const rows = unfold(frame, 2, new Set(["g1"]), byLoss);
    expect(ids(rows)).toBe("g2 g1 b a");
    expect(rows.map((row) => row.depth)).toEqual([0, 0, 1, 1]);
    expect(rows.map((row) => row.group)).toEqual([true, true, false, false]);
  });

  it("and say how many runs they have before those were read", () => {
    const rows = unfold(frame, 2, new Set(["g2"]), (all) => all);
    expect(ids(rows)).toBe("g1 g2");
    expect(rows.map((row) => [row.children, row.open])).toEqual([
      [2, false],
      [5, true],
    ]);
  });
});
