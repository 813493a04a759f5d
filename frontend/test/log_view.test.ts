import { beforeEach, expect, test, vi } from "vitest";
import { piecesOf, PLAIN } from "../src/log_view/ansi";
import { find, linesOf, LONGEST, marked, MOST_HITS } from "../src/log_view/lines";
import { LogView } from "../src/log_view/log_view";
import type { LogData } from "../src/log_view/types";

const ESC = "\u001b";
const texts = (text: string) => linesOf(text).lines.map((line) => line.text);

test("lines end as on any system, and the last end is no further line", () => {
  expect(texts("a\r\nb\n\nc\n")).toEqual(["a", "b", "", "c"]);
  expect(texts("")).toEqual([]);
  expect(texts("\n")).toEqual([""]);
});

test("of a line that was written again the last writing is shown, as a terminal does", () => {
  expect(texts(" 10%\r 50%\r100%\nnext")).toEqual(["100%", "next"]);
});

test("colours become classes and last over the ends of lines", () => {
  const { lines, look } = linesOf(`${ESC}[31mred\nstill${ESC}[0m plain ${ESC}[1;92mbold`);
  expect(lines[0]?.pieces).toEqual([{ text: "red", style: "red" }]);
  expect(lines[1]?.pieces).toEqual([
    { text: "still", style: "red" },
    { text: " plain ", style: "" },
    { text: "bold", style: "green bold" },
  ]);
  expect(look.bold).toBe(true);
});

test("further codes are read, and what is no colour is taken out", () => {
  const one = (text: string) => piecesOf(text, PLAIN).pieces;
  expect(one(`${ESC}[38;5;1ma`)).toEqual([{ text: "a", style: "red" }]);
  expect(one(`${ESC}[38;5;200ma`)).toEqual([{ text: "a", style: "" }]);
  expect(one(`${ESC}[38;2;1;31;4ma`)).toEqual([{ text: "a", style: "" }]);
  expect(one(`${ESC}[44;4;3;2ma${ESC}[49;24;23;22mb`)).toEqual([
    { text: "a", style: "on-blue faint italic underlined" },
    { text: "b", style: "" },
  ]);
  expect(one(`${ESC}[2K${ESC}[1A${ESC}]0;title\u0007a${ESC}[mb`).map(({ text }) => text).join("")).toBe("ab");
  expect(one("a\u0000\u0007b")).toEqual([{ text: "a\ufffd\ufffdb", style: "" }]);
  expect(one(ESC).map(({ text }) => text)).toEqual(["\ufffd"]);
});

test("a line of ten million signs is drawn in parts, and no sign is lost or halved", () => {
  const long = "😀".repeat(5_000_000);
  const { lines } = linesOf(long);
  expect(lines.every(({ text }) => text.length <= LONGEST)).toBe(true);
  expect(lines.map(({ text }) => text).join("")).toBe(long);
  expect(lines.at(0)?.cut).toBe(true);
  expect(lines.at(-1)?.cut).toBe(false);
  expect(lines.some(({ text }) => /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text))).toBe(false);
});

test("a search takes signs as they are, whatever their case", () => {
  const { lines } = linesOf("Loss (1.5)\nno\nLOSS (1x5) loss (1.5)");
  expect(find(lines, "loss (1.5)")).toEqual([
    { line: 0, from: 0, to: 10 },
    { line: 2, from: 11, to: 21 },
  ]);
  expect(find(lines, "")).toEqual([]);
  expect(find(linesOf("a".repeat(3 * MOST_HITS)).lines, "a")).toHaveLength(MOST_HITS);
});

test("a hit over pieces of two colours is marked in both", () => {
  const [line] = linesOf(`ab${ESC}[31mcd`).lines;
  if (line === undefined) throw new Error("no line");
  expect(marked(line, [{ line: 0, from: 1, to: 3 }], 7)).toEqual([
    { text: "a", style: "", hit: -1 },
    { text: "b", style: "", hit: 7 },
    { text: "c", style: "red", hit: 7 },
    { text: "d", style: "red", hit: -1 },
  ]);
});

let place: HTMLElement;
const asked = vi.fn();

beforeEach(() => {
  place = document.createElement("div");
  document.body.replaceChildren(place);
  asked.mockClear();
});

function data(text: string, more: Partial<LogData> = {}): LogData {
  return { text, version: text, file: "a.log", label: "a.log", before: 0, more: false, live: true, height: 400, ...more };
}

function view(given: LogData) {
  const args = (one: LogData) => ({
    data: one,
    parentElement: place,
    setStateValue: () => undefined,
    setTriggerValue: asked,
  });
  const made = new LogView(args(given), "");
  made.update(args(given));
  return (next: LogData) => made.update(args(next));
}

const shown = () => [...place.querySelectorAll(".line")].map((line) => line.textContent);

test("what a file holds is text, never markup", () => {
  view(data("<img src=x onerror=alert(1)>\n<script>alert(2)</script>"));
  expect(place.querySelector("img, script")).toBeNull();
  expect(shown()[0]).toBe("<img src=x onerror=alert(1)>");
});

test("a file that grows gets its new lines, and the elements of the others stay", () => {
  const update = view(data("one\ntwo\nthr"));
  const first = place.querySelector(".line");
  update(data("one\ntwo\nthree\nfour\n"));
  expect(shown()).toEqual(["one", "two", "three", "four"]);
  expect(place.querySelector(".line")).toBe(first);
  update(data("other\n", { file: "b.log" }));
  expect(shown()).toEqual(["other"]);
});

test("a search counts, goes on and comes round, and new lines leave it where it is", async () => {
  const update = view(data("a loss\nb\nc loss\n"));
  const search = place.querySelector<HTMLInputElement>("input[type=search]");
  if (search === null) throw new Error("no search");
  search.value = "LOSS";
  search.dispatchEvent(new Event("input"));
  const count = () => place.querySelector("[role=status]")?.textContent;
  await vi.waitFor(() => expect(count()).toBe("2 of 2"));
  search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  expect(count()).toBe("1 of 2");
  expect(place.querySelector("mark.current")?.closest(".line")?.textContent).toBe("a loss");
  update(data("a loss\nb\nc loss\nd loss\n"));
  expect(count()).toBe("1 of 3");
  search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", shiftKey: true }));
  expect(count()).toBe("3 of 3");
});

test("earlier lines are asked for once, and a file without any says so", () => {
  const update = view(data("b\n", { more: true, before: 2 }));
  const earlier = [...place.querySelectorAll("button")].find((one) => one.textContent === "Show earlier lines");
  earlier?.click();
  earlier?.click();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(asked).toHaveBeenCalledWith("earlier", 2);
  update(data("a\nb\n"));
  expect(shown()).toEqual(["a", "b"]);
  expect(earlier?.hidden).toBe(true);
});
