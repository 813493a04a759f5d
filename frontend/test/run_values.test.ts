import { beforeEach, expect, test, vi } from "vitest";
import { RunValues } from "../src/run_values/run_values";
import { pathOf } from "../src/run_values/sparkline";
import type { MetricValue, ValuesData } from "../src/run_values/types";

let place: HTMLElement;
const told = vi.fn();

beforeEach(() => {
  place = document.createElement("div");
  document.body.replaceChildren(place);
  told.mockClear();
});

const metric = (name: string, more: Partial<MetricValue> = {}): MetricValue => ({
  name,
  last: "0.30000000000000004",
  step: "step 9",
  low: "0.1",
  low_step: "step 3",
  high: "0.9",
  high_step: "by step 5",
  line: [1, 2],
  ...more,
});

function view(given: Partial<ValuesData>) {
  const whole = (one: Partial<ValuesData>): ValuesData => ({
    metrics: [],
    texts: [],
    kind: "Parameter",
    version: JSON.stringify(one),
    ...one,
  });
  const args = (one: Partial<ValuesData>) => ({
    data: whole(one),
    parentElement: place,
    setStateValue: told,
    setTriggerValue: () => undefined,
  });
  const made = new RunValues(args(given), "");
  made.update(args(given));
  return (next: Partial<ValuesData>) => made.update(args(next));
}

const rows = () => [...place.querySelectorAll("tbody tr")].map((row) => row.textContent);

function search(text: string): void {
  const input = place.querySelector("input");
  if (input === null) throw new Error("no search");
  input.value = text;
  input.dispatchEvent(new Event("input"));
}

test("the best value is the lowest of a loss, the highest of others, and none of the machine's", () => {
  view({ metrics: [metric("val/loss"), metric("acc"), metric("system/cpu")] });
  expect(rows()).toEqual([
    "acc0.30000000000000004step 90.9by step 5",
    "val/loss0.30000000000000004step 90.1step 3",
    "system/cpu0.30000000000000004step 9",
  ]);
  expect(place.querySelector("details")?.open).toBe(false);
  expect(place.querySelector("summary")?.textContent).toBe("System metrics · 1");
});

test("curves are asked for where there are none, once", () => {
  const update = view({ metrics: [metric("acc", { line: [] })] });
  update({ metrics: [metric("acc", { line: [], last: "1" })] });
  expect(told).toHaveBeenCalledTimes(1);
  expect(told).toHaveBeenCalledWith("drawn", true);
});

test("a search looks at names and values, and new values leave it as it is", () => {
  const texts = Array.from({ length: 12 }, (_one, at) => ({ name: `p${at}`, value: at === 7 ? "AdamW" : "x" }));
  const update = view({ texts });
  search("adam");
  expect(rows()).toEqual(["p7AdamWCopy"]);
  update({ texts: [...texts, { name: "q", value: "adam" }] });
  expect(rows()).toHaveLength(2);
  search("nobody");
  expect(place.textContent).toContain("Nothing here has these letters.");
});

test("a long value is folded, unfolds and is copied whole", async () => {
  const value = `<b>${"long ".repeat(200)}`;
  const writeText = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue(undefined);
  view({ texts: [{ name: "prompt", value }] });
  expect(place.querySelector(".value")?.textContent).toHaveLength(241);
  expect(place.querySelector("b")).toBeNull();
  const named = (text: string) => [...place.querySelectorAll("button")].find((one) => one.textContent.startsWith(text));
  named("Show all")?.click();
  expect(place.querySelector(".value")?.textContent).toBe(value);
  const copy = named("Copy");
  expect(copy?.getAttribute("aria-label")).toBe("Copy prompt");
  copy?.click();
  expect(writeText).toHaveBeenCalledWith(value);
  await vi.waitFor(() => expect(named("Copied")).toBeDefined());
});

test("of a thousand values the first are drawn until somebody asks for all", () => {
  view({ metrics: Array.from({ length: 1000 }, (_one, at) => metric(`m${at}`)) });
  expect(rows()).toHaveLength(100);
  [...place.querySelectorAll("button")].find((one) => one.textContent.startsWith("Show all"))?.click();
  expect(rows()).toHaveLength(1000);
});

test("a line breaks where a value is no number, and one value has none", () => {
  expect(pathOf([0, null, 1, 2])).toBe("M2.0 22.0M79.3 12.0L118.0 2.0");
  expect(pathOf([1])).toBe("");
  expect(pathOf([null, 5])).toBe("");
  expect(pathOf([3, 3])).toContain("12.0");
});
