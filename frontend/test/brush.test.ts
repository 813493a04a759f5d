import { beforeEach, describe, expect, it, vi } from "vitest";
import { Brush } from "../src/run_charts/plots/brush";

const chosen = vi.fn<(low: number, high: number) => void>();
let handle: Element;

beforeEach(() => {
  chosen.mockReset();
  const brush = new Brush({
    left: 10,
    top: 0,
    height: 100,
    label: "lr",
    said: (place) => place.toFixed(2),
    chosen,
  });
  document.body.replaceChildren(brush.element);
  const found = brush.element.querySelector("[role=slider]");
  if (found === null) throw new Error("no slider");
  handle = found;
});

function press(key: string, times = 1, shiftKey = false): void {
  for (let time = 0; time < times; time += 1) {
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  }
}

describe("a range by keys", () => {
  it("arrows move the upper end, with Shift the lower one, and Enter takes it", () => {
    press("ArrowDown", 4);
    press("ArrowUp", 2, true);
    expect(handle.getAttribute("aria-valuetext")).toBe("from 0.10 to 0.80");
    press("Enter");
    expect(chosen).toHaveBeenCalledOnce();
    expect(chosen.mock.calls[0]?.[0]).toBeCloseTo(0.1);
    expect(chosen.mock.calls[0]?.[1]).toBeCloseTo(0.8);
  });

  it("the ends stay apart and on the axis", () => {
    press("ArrowDown", 100);
    expect(handle.getAttribute("aria-valuetext")).toBe("from 0.00 to 0.05");
    press("ArrowUp", 100, true);
    expect(handle.getAttribute("aria-valuetext")).toBe("from 0.00 to 0.05");
    press("ArrowUp", 100);
    expect(handle.getAttribute("aria-valuetext")).toBe("from 0.00 to 1.00");
  });

  it("the whole axis is no range, and Escape gives a range up", () => {
    press("Enter");
    press("ArrowDown");
    press("Escape");
    press("Enter");
    expect(chosen).not.toHaveBeenCalled();
  });
});
