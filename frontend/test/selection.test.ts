import { describe, expect, it, vi } from "vitest";
import { Selection } from "../src/runs_table/selection";

const ORDER = ["a", "b", "c", "d", "e"];

describe("ticks", () => {
  it("with shift take everything in between, either way, and give it back", () => {
    const selection = new Selection(() => undefined);
    selection.toggle("d", ORDER, false);
    selection.toggle("b", ORDER, true);
    expect(selection.list().sort()).toEqual(["b", "c", "d"]);
    selection.toggle("c", ORDER, true);
    expect(selection.has("b")).toBe(false);
    expect(selection.has("d")).toBe(true);
  });

  it("stay when rows go, and shift without a row before ticks one", () => {
    const selection = new Selection(() => undefined);
    selection.toggle("a", ORDER, true);
    expect(selection.list()).toEqual(["a"]);
    selection.toggle("e", ["c", "d", "e"], true);
    expect(selection.list()).toEqual(["a", "e"]);
  });

  it("all of the shown, or none when all are", () => {
    const changed = vi.fn();
    const selection = new Selection(changed);
    selection.replace(["hidden"]);
    expect(selection.coverage(ORDER)).toBe("none");
    selection.toggleAll(ORDER);
    expect(selection.coverage(ORDER)).toBe("all");
    selection.toggle("c", ORDER, false);
    expect(selection.coverage(ORDER)).toBe("some");
    selection.toggleAll(ORDER);
    selection.toggleAll(ORDER);
    expect(selection.list()).toEqual(["hidden"]);
    expect(changed).toHaveBeenCalledTimes(5);
  });
});
