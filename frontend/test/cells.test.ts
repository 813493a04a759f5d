import { describe, expect, it, vi } from "vitest";
import { type Cell, KINDS } from "../src/runs_table/cells";
import { ColumnStatistics } from "../src/runs_table/statistics";
import type { Kind } from "../src/runs_table/types";
import { frameOf } from "./frames";

const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;

function cell(kind: Kind, value: unknown, more: Partial<Cell> = {}): Cell {
  const column = frameOf({ v: [value, 0.25] }).column("v");
  return {
    row: { id: "abc", at: 0, depth: 0, children: 0, open: true, group: false },
    column: { id: "metrics.loss", field: "v", label: "loss", group: "metrics", kind, groupable: false, differs: true },
    value: column.at(0),
    statistics: new ColumnStatistics(column),
    direction: "lower",
    shading: "none",
    base: undefined,
    running: false,
    started: null,
    heard: null,
    nested: false,
    baseline: false,
    link: { page: "run", query: { project: "a&b" }, parameter: "run_id" },
    toggleOpen: vi.fn(),
    toggleBaseline: vi.fn(),
    ...more,
  };
}

const draw = (kind: Kind, value: unknown, more: Partial<Cell> = {}) =>
  KINDS[kind].draw(cell(kind, value, more));

describe("cells", () => {
  it.each(Object.keys(KINDS) as Kind[])("of kind %s show markup as text", (kind) => {
    const drawn = draw(kind, HOSTILE);
    expect(drawn.querySelector("img, script")).toBeNull();
  });

  it("a name is a link that can be copied, with the whole name on hover", () => {
    const link = draw("name", "x".repeat(200)).querySelector("a");
    expect(link?.getAttribute("href")).toBe("run?project=a%26b&run_id=abc");
    expect(link?.title).toBe("x".repeat(200));
    expect(draw("name", null).querySelector("a")?.textContent).toBe("abc");
  });

  it("nested names are indented, deep ones say their level", () => {
    const at = (depth: number) =>
      draw("name", "x", { row: { id: "r", at: 0, depth, children: 0, open: true, group: false } });
    expect([0, 2, 20].map((depth) => at(depth).style.paddingInlineStart)).toEqual(["0px", "28px", "84px"]);
    expect(at(20).querySelector(".level")?.textContent).toBe("↳20");
    expect(at(6).querySelector(".level")).toBeNull();
  });

  it("texts are as logged", () => {
    expect(draw("text", "00120").textContent).toBe("00120");
    expect(KINDS.text.whole(cell("text", "a".repeat(9000)))).toHaveLength(9000);
    expect(draw("text", "a".repeat(9000)).textContent).toHaveLength(401);
  });

  it("a number has all its digits on hover, and says when some are not shown", () => {
    const drawn = draw("number", 0.1234567890123456);
    expect(drawn.title).toBe("0.1234567890123456");
    expect(drawn.textContent).toContain("0.123456…");
    expect(draw("number", NaN).textContent).toContain("NaN");
    expect(draw("number", null).textContent).toBe("");
  });

  it("the best is marked, and a difference says whether it is better", () => {
    expect(draw("number", 0.1).classList.contains("best")).toBe(true);
    expect(draw("number", 0.5).classList.contains("best")).toBe(false);
    const worse = draw("number", 0.5, { base: 0.25 }).querySelector(".delta");
    expect(worse?.className).toBe("delta worse");
    expect(worse?.textContent).toBe("+0.25");
    expect(draw("number", 0.5, { base: null }).querySelector(".delta")).toBeNull();
  });

  it("a status has its word", () => {
    expect(draw("status", "FAILED").textContent).toBe("Failed");
    expect(draw("status", "ODD").textContent).toBe("ODD");
  });

  it("a run that goes on has lasted until now; one without a start is not decades old", () => {
    const started = Date.now() - 61_000;
    expect(draw("duration", null, { running: true, started }).textContent).toBe("1 min 1 s");
    expect(draw("duration", null, { running: true, started: 0 }).textContent).toBe("");
    expect(draw("duration", null).textContent).toBe("");
    expect(draw("time", 0n).textContent).toBe("");
  });
});

describe("a link", () => {
  it("is followed without loading the page, unless a new tab is asked for", async () => {
    const { follow } = await import("../src/shared/links");
    const link = document.createElement("a");
    link.href = "/run?run_id=1";
    const seen = vi.fn();
    window.addEventListener("popstate", seen);
    const plain = new MouseEvent("click", { button: 0, cancelable: true });
    follow(plain, link);
    expect(plain.defaultPrevented).toBe(true);
    expect(seen).toHaveBeenCalledTimes(1);
    for (const modifier of [{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }]) {
      const modified = new MouseEvent("click", { button: 0, cancelable: true, ...modifier });
      follow(modified, link);
      expect(modified.defaultPrevented).toBe(false);
    }
    expect(seen).toHaveBeenCalledTimes(1);
  });
});

describe("a run that goes on and is not heard of", () => {
  const ago = (minutes: number) => Date.now() - minutes * 60_000;

  it("says for how long, whatever its beginning", () => {
    const made = draw("status", "RUNNING", { running: true, started: ago(300), heard: ago(47) });
    expect(made.textContent).toBe("Silent 47 min");
    expect(made.className).toContain("silent");
    expect(made.title).toBe("Running, but no metric for 47 min");
    const old = draw("status", "RUNNING", { running: true, started: ago(60 * 30), heard: null });
    expect(old.textContent).toBe("Silent 30 h");
  });

  it("is only running while it is heard of, or has just begun", () => {
    for (const heard of [ago(5), null]) {
      const made = draw("status", "RUNNING", { running: true, started: ago(10), heard });
      expect(made.textContent).toBe("Running");
    }
  });

  it("is not said of a run that has ended or began nobody knows when", () => {
    expect(draw("status", "FAILED", { started: ago(300), heard: null }).textContent).toBe("Failed");
    const odd = draw("status", "RUNNING", { running: true, started: 0, heard: null });
    expect(odd.textContent).toBe("Running");
  });
});
