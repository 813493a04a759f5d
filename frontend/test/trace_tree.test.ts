import { describe, expect, it } from "vitest";
import { lasting, ticks } from "../src/trace_tree/durations";
import { range } from "../src/trace_tree/rows";
import { Tree } from "../src/trace_tree/tree";
import type { Span } from "../src/trace_tree/types";

function span(id: string, parent = "", given: Partial<Span> = {}): Span {
  return {
    id, parent, name: id, kind: "CHAIN", start: 0, duration: 1, failed: false, message: "",
    inputs: "", outputs: "", attributes: {}, events: [], ...given,
  };
}

const ids = (tree: Tree, folded: string[] = []) =>
  tree.visible(new Set(folded)).map((node) => node.span.id).join(" ");

describe("spans stand below their parents", () => {
  const tree = new Tree([span("a"), span("b", "a"), span("c"), span("d", "b"), span("e", "a")]);

  it("in the order in which they began", () => {
    expect(ids(tree)).toBe("a b d e c");
    expect(tree.nodes.map((node) => node.depth)).toEqual([0, 1, 2, 1, 0]);
  });

  it("with the place that a screen reader says", () => {
    const found = tree.nodes.find((node) => node.span.id === "e");
    expect([found?.place, found?.siblings, found?.children]).toEqual([2, 2, 0]);
  });

  it("and are hidden with all below them where one is folded", () => {
    expect(ids(tree, ["b"])).toBe("a b e c");
    expect(ids(tree, ["a", "b"])).toBe("a c");
  });

  it("all are shown once, also those that name each other", () => {
    const odd = new Tree([span("x", "y"), span("y", "x"), span("z")]);
    expect(ids(odd).split(" ").sort().join("")).toBe("xyz");
    expect(odd.above("x")).toEqual(["y"]);
  });

  it("a chain of 20,000 is no matter", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => span(`s${at}`, at ? `s${at - 1}` : ""));
    expect(new Tree(many).nodes.at(-1)?.depth).toBe(19_999);
  });
});

describe("a search", () => {
  const tree = new Tree([
    span("a", "", { inputs: '{"question":"Größe?"}' }),
    span("b", "a", { attributes: { "llm.model": '"gpt"' } }),
    span("c", "a", { events: [{ name: "exception", at: 1, attributes: { message: "No payment" } }] }),
  ]);

  it("looks at inputs, attributes and events, in any case", () => {
    expect([...tree.find("größe")]).toEqual(["a"]);
    expect([...tree.find("GPT")]).toEqual(["b"]);
    expect([...tree.find("no payment")]).toEqual(["c"]);
  });

  it("for nothing finds nothing", () => {
    expect(tree.find("  ").size).toBe(0);
  });
});

describe("times", () => {
  it("are said in two or three digits", () => {
    expect([0, 0.04, 3.21, 180.4, 1_400, 90_000].map(lasting)).toEqual(
      ["0 ms", "40 µs", "3.2 ms", "180 ms", "1.4 s", "1 min 30 s"],
    );
    expect(lasting(-1)).toBe("");
  });

  it("have an axis of few round marks", () => {
    expect(ticks(100)).toEqual([0, 50, 100]);
    for (const length of [0.001, 0.7, 3, 47, 999, 61_000, 3_600_000]) {
      expect(ticks(length).length).toBeGreaterThanOrEqual(3);
      expect(ticks(length).length).toBeLessThanOrEqual(6);
    }
  });

  it("of a trace that took no time are no division by nothing", () => {
    expect(new Tree([span("a", "", { duration: 0 })]).length).toBeGreaterThan(0);
  });
});

it("only the rows of the window are drawn", () => {
  expect(range(0, 300, 2_000)).toEqual([0, 18]);
  expect(range(30_000, 300, 2_000)).toEqual([992, 1_018]);
  expect(range(0, 300, 3)).toEqual([0, 3]);
});
