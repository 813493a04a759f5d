import { describe, expect, it, vi } from "vitest";
import { accept, complete, dayBefore } from "../src/run_filter/completion";
import { corrected, spanOf } from "../src/run_filter/mistake";
import { RunFilter } from "../src/run_filter/run_filter";
import {
  asksForNone,
  boundOf,
  partsOf,
  valuesOf,
  withBound,
  withNone,
  withoutPart,
  withPart,
  withValues,
} from "../src/run_filter/sentence";
import { readName, tokenize, writeName, writeText } from "../src/run_filter/tokens";
import WORDS from "./filter_words.json";
import type { FilterColumn, FilterData } from "../src/run_filter/types";

const column = (kind: string, key: string, rest: Partial<FilterColumn> = {}): FilterColumn => ({
  ...{ kind, key, runs: 4, values: 2, low: null, high: null, common: [] },
  ...rest,
});
const COLUMNS: readonly FilterColumn[] = [
  column("attributes", "status", { common: [["FINISHED", 3], ["FAILED", 1]] }),
  column("attributes", "experiment_name", { common: [["Grid", 3], ["Other", 1]] }),
  column("metrics", "loss", { low: 0.1, high: 0.4, runs: 3 }),
  column("metrics", "test auc", { low: 0.9, high: 0.9, values: 1, runs: 1 }),
  column("params", "lr", { common: [["0.1", 2], ["it's", 1]] }),
  column("params", "seed", { values: 40, common: [["1", 1]] }),
  column("tags", "mlflow.user", { common: [["bob", 3], ["alice", 1]] }),
];

const types = (text: string) => tokenize(text).map((token) => token.type);
const words = (text: string) => tokenize(text).map((token) => token.text);
const parts = (text: string) => partsOf(text)?.map((part) => part.text) ?? null;

describe("the words of a filter", () => {
  it.each(WORDS as [string, string[]][])("are those of the reading room: %s", (text, expected) => {
    // tests/mlflow_server/reading/test_grammar.py reads the same file.
    expect(words(text)).toEqual(expected);
  });

  it("are of these types, in any case", () => {
    expect(types("not a ilike 'x' or android = 1")).toEqual([
      ...["keyword", "name", "comparator", "text", "keyword", "name", "comparator", "number"],
    ]);
    expect(types("params.'x' IN (\"y\", 1)")).toEqual([
      ...["name", "keyword", "left", "text", "comma", "number", "right"],
    ]);
  });

  it("keep every sign: an open quote goes to the end, what begins nothing is said to", () => {
    expect(types("a = 'x AND b")).toEqual(["name", "comparator", "open"]);
    expect(types("a = 12x ; b")).toEqual(["name", "comparator", "wrong", "wrong", "name", "wrong", "name"]);
    const text = " a§ = 'ü' )\n,  \"";
    expect(tokenize(text).every((token) => text.slice(token.start, token.end) === token.text)).toBe(true);
  });

  it("a name is the same however its kind is called and its key is quoted", () => {
    for (const text of ["metric.loss", "metrics.`loss`", "metrics.'loss'"]) {
      expect(readName(text)).toEqual({ kind: "metrics", key: "loss" });
    }
    expect(readName("run.status")).toEqual(readName("status"));
    expect(writeName({ kind: "tags", key: "mlflow.user" })).toBe("tags.mlflow.user");
    expect(writeName({ kind: "metrics", key: "test auc" })).toBe("metrics.`test auc`");
    expect(writeName({ kind: "metrics", key: "a`b" })).toBeNull();
  });

  it("a text is written so that it is read as it is, or not at all", () => {
    expect([writeText("a"), writeText("it's"), writeText("\"it's\"")]).toEqual(["'a'", '"it\'s"', null]);
    expect(writeText("C:\\")).toBeNull();
  });
});

describe("the conditions of a filter", () => {
  it("are what AND joins at the top; the AND of BETWEEN and of brackets is another", () => {
    expect(parts("a = 1 AND b BETWEEN 1 AND 2 and (c = 1 AND d = 2) AND NOT e = 'x AND y'")).toEqual([
      ...["a = 1", "b BETWEEN 1 AND 2", "(c = 1 AND d = 2)", "NOT e = 'x AND y'"],
    ]);
  });

  it("an OR at the top makes all of it one, one in brackets is one of several", () => {
    expect(parts("a = 1 AND b = 2 OR c = 3")).toEqual(["a = 1 AND b = 2 OR c = 3"]);
    expect(parts("a = 1 AND (b = 2 OR c = 3)")).toEqual(["a = 1", "(b = 2 OR c = 3)"]);
  });

  it("of half a sentence there are none", () => {
    for (const text of ["a =", "a = 1 AND", "(a = 1", "a = 1)", "a = 'x", "AND", "a = 1 AND OR b = 1"]) {
      expect(partsOf(text), text).toBeNull();
    }
    expect(partsOf("  ")).toEqual([]);
  });

  it("one is taken out and the others stay as they were written", () => {
    const found = partsOf("a  =  1 AND (b = 2 OR c = 3) AND d IS NULL") ?? [];
    expect(found.map((part) => withoutPart(found, part))).toEqual([
      "(b = 2 OR c = 3) AND d IS NULL",
      "a  =  1 AND d IS NULL",
      "a  =  1 AND (b = 2 OR c = 3)",
    ]);
  });

  it("one is put behind the others, with brackets where there is an OR at the top", () => {
    expect(withPart("", "b = 1")).toBe("b = 1");
    expect(withPart("a = 1", "b = 1")).toBe("a = 1 AND b = 1");
    expect(withPart("a = 1 or c = 'x'", "b = 1")).toBe("(a = 1 or c = 'x') AND b = 1");
    expect(withPart("(a = 1 OR c = 1)", "b = 1")).toBe("(a = 1 OR c = 1) AND b = 1");
    expect(withPart("a = 'this or that'", "b = 1")).toBe("a = 'this or that' AND b = 1");
  });
});

describe("facets", () => {
  const lr = { kind: "params", key: "lr" };
  const loss = { kind: "metrics", key: "loss" };

  it("ticks write = and IN in the place where they stood, and go again", () => {
    const one = withValues("metrics.loss < 1", lr, ["0.1"]);
    expect(one).toBe("metrics.loss < 1 AND params.lr = '0.1'");
    const two = withValues(`${one} AND a = 1`, lr, ["0.1", "it's"]);
    expect(two).toBe("metrics.loss < 1 AND params.lr IN ('0.1', \"it's\") AND a = 1");
    expect(valuesOf(two, lr)).toEqual(["0.1", "it's"]);
    expect(withValues(two, lr, [])).toBe("metrics.loss < 1 AND a = 1");
  });

  it("find what somebody wrote in another way, and leave what only looks alike", () => {
    expect(valuesOf("param.`lr` IN ('1','2')", lr)).toEqual(["1", "2"]);
    expect(valuesOf("params.lr = '1' OR params.lr = '2'", lr)).toEqual([]);
    expect(valuesOf("NOT params.lr = '1' AND params.lr NOT IN ('2') AND params.lr != '3'", lr)).toEqual([]);
    expect(withValues("NOT params.lr = '1'", lr, ["2"])).toBe("NOT params.lr = '1' AND params.lr = '2'");
    expect(withValues("a = 1 OR b = 2", lr, ["2"])).toBe("(a = 1 OR b = 2) AND params.lr = '2'");
  });

  it("ranges write their two ends", () => {
    const from = withBound("", loss, ">=", "0.1");
    const both = withBound(from, loss, "<=", "2e-1");
    expect(both).toBe("metrics.loss >= 0.1 AND metrics.loss <= 2e-1");
    expect(boundOf(both, loss, "<=")).toBe("2e-1");
    expect(withBound(withBound(both, loss, ">=", "0.2"), loss, "<=", "")).toBe("metrics.loss >= 0.2");
  });

  it("runs without a parent are asked for, and not", () => {
    const parent = { kind: "tags", key: "mlflow.parentRunId" };
    const top = withNone("a = 1", parent, true);
    expect(top).toBe("a = 1 AND tags.mlflow.parentRunId IS NULL");
    expect([asksForNone(top, parent), asksForNone("a IS NOT NULL", { kind: "attributes", key: "a" })]).toEqual([true, false]);
    expect(withNone(top, parent, false)).toBe("a = 1");
  });

  it("a day begins at midnight here, with the zone where it is not UTC", () => {
    expect(dayBefore(6, new Date(2026, 10, 3, 15))).toMatch(/^2026-10-28(?: 00:00[+-]\d\d:\d\d)?$/);
  });
});

describe("completion", () => {
  const at = (text: string) => {
    const caret = text.indexOf("|");
    return complete(text.replace("|", ""), caret, COLUMNS);
  };
  const offered = (text: string) => at(text).options.map((option) => option.insert);
  const taken = (text: string, insert: string) => {
    const found = at(text);
    const option = found.options.find((one) => one.insert === insert);
    if (!option) throw new Error(`${insert} is not offered: ${offered(text).join(" ")}`);
    const [line, caret] = accept(text.replace("|", ""), found, option);
    return `${line.slice(0, caret)}|${line.slice(caret)}`;
  };

  it("names by any of their letters, with the number of their runs, in backticks where they need them", () => {
    expect(offered("lo|")).toContain("metrics.loss");
    expect(offered("metrics.|")).toEqual(["metrics.loss", "metrics.`test auc`"]);
    expect(offered("metric.au|")[0]).toBe("metrics.`test auc`");
    expect(offered("a = 1 AND user|")).toEqual(["user_id", "tags.mlflow.user", "run_name ILIKE '%user%'"]);
    expect(at("metrics.loss|x").options.length + at("metrics.l|").options.length).toBeGreaterThan(0);
    expect(at("metrics.l|").options[0]?.detail).toBe("3 runs, 0.1 to 0.4");
  });

  it("comparators as the kind of the name has them", () => {
    expect(offered("metrics.loss |")).toContain("BETWEEN");
    expect(offered("metrics.loss |")).not.toContain("LIKE");
    expect(offered("params.lr |")).toContain("ILIKE");
    expect(offered("params.lr |")).not.toContain("<");
    expect(offered("params.lr is|")).toEqual(["IS NULL", "IS NOT NULL"]);
    expect(offered("params.lr NOT |")).toEqual(["IN ("]);
    expect(offered("params.lr IS NOT |")).toEqual(["NULL"]);
  });

  it("values that runs have, quoted, also in a list and in a quote that is open", () => {
    expect(offered("params.lr = |")).toEqual(["'0.1'", '"it\'s"']);
    expect(offered("params.lr IN ('0.1', |")).toEqual(["'0.1'", '"it\'s"']);
    expect(offered("status = 'fa|")).toEqual(["'FAILED'"]);
    expect(offered("metrics.loss BETWEEN |")).toEqual(["0.1", "0.4"]);
    expect(offered("metrics.loss BETWEEN 0.1 |")).toEqual(["AND"]);
    expect(offered("metrics.loss BETWEEN 0.1 AND 0.4 |")).toEqual(["AND", "OR"]);
    expect(offered("start_time > |")).toHaveLength(3);
  });

  it("AND and OR behind a condition, a bracket where one is open", () => {
    expect(offered("status = 'FAILED' |")).toEqual(["AND", "OR"]);
    expect(offered("(status = 'FAILED' |")).toEqual(["AND", "OR", ")"]);
    expect(offered("params.lr IN ('0.1' |")).toEqual([",", ")"]);
  });

  it("takes the place of the word at the caret and leaves the rest", () => {
    expect(taken("lo| AND a = 1", "metrics.loss")).toBe("metrics.loss | AND a = 1".replace(" | ", " |"));
    expect(taken("metrics.te|", "metrics.`test auc`")).toBe("metrics.`test auc` |");
    expect(taken("params.lr i|", "IN (")).toBe("params.lr IN (|");
    expect(taken("params.lr IN ('0.1' |", ")")).toBe("params.lr IN ('0.1') |");
    expect(taken("status = 'FA|", "'FAILED'")).toBe("status = 'FAILED' |");
    expect(taken("status = 'FA| AND a = 1", "'FAILED'")).toBe("status = 'FAILED' |AND a = 1");
  });
});

describe("a mistake", () => {
  const mistake = (position: number, found: string, near = "") => ({ position, found, near, message: "No." });

  it("is underlined at its place, at the last word where the line ends too early", () => {
    expect(spanOf("metrics.loss >< 3", mistake(13, "><"))).toEqual({ start: 13, end: 15 });
    expect(spanOf("metrics.loss < ", mistake(15, "the end"))).toEqual({ start: 13, end: 14 });
    expect(spanOf("a = '\u{1F600}' AND ) ", mistake(12, ")"))).toEqual({ start: 13, end: 14 });
  });

  it("is mended by the nearest name: a key, an attribute, a kind", () => {
    expect(corrected("a = 1 AND metrics.los > 0", mistake(18, "los", "loss"))).toBe("a = 1 AND metrics.loss > 0");
    expect(corrected("params.`my lr` = '1'", mistake(8, "my lr", "my lrs"))).toBe("params.`my lrs` = '1'");
    expect(corrected("statu = 'x'", mistake(0, "statu", "status"))).toBe("status = 'x'");
    expect(corrected("metrix.loss < 1", mistake(0, "metrix.loss", "metrics"))).toBe("metrics.loss < 1");
    expect(corrected("metrics.loss >< 1", mistake(13, "><"))).toBeNull();
  });
});

describe("the line on the page", () => {
  const DATA: FilterData = {
    sentence: "",
    columns: COLUMNS,
    runs: 4,
    sampled: false,
    examples: [{ code: "metrics.loss < 1", meaning: "a metric" }],
    mistake: null,
    meanwhile: "",
  };

  function mounted(data: Partial<FilterData> = {}) {
    const place = document.createElement("div");
    document.body.replaceChildren(place);
    const send = vi.fn();
    const args = (more: Partial<FilterData>) => ({
      data: { ...DATA, ...more },
      parentElement: place,
      setStateValue: vi.fn(),
      setTriggerValue: send,
    });
    const line = new RunFilter(args(data), "");
    const give = (more: Partial<FilterData>) => line.update(args(more));
    give(data);
    const input = place.querySelector<HTMLInputElement>("input[role=combobox]");
    if (!input) throw new Error("no input");
    const type = (text: string) => {
      input.value = text;
      input.setSelectionRange(text.length, text.length);
      input.dispatchEvent(new Event("input"));
    };
    const press = (key: string) => input.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true }));
    const chips = () => [...place.querySelectorAll(".chip .words")].map((one) => one.textContent);
    const click = (selector: string) => place.querySelector<HTMLElement>(selector)?.click();
    return { place, send, give, input, type, press, chips, click };
  }

  it("sends nothing while somebody types, and what is typed survives a run of the page", () => {
    const { send, type, give, input, press } = mounted();
    type("metrics.loss < ");
    give({ runs: 5 });
    expect(input.value).toBe("metrics.loss < ");
    expect(send).not.toHaveBeenCalled();
    type("metrics.loss < 1");
    press("Escape");
    press("Enter");
    expect(send).toHaveBeenCalledExactlyOnceWith("sentence", { text: "metrics.loss < 1" });
  });

  it("a late answer to what was sent before does not undo what was sent since", () => {
    const { type, press, give, input, chips } = mounted();
    type("a = 1");
    press("Enter");
    type("a = 2");
    press("Enter");
    give({ sentence: "a = 1" });
    expect(input.value).toBe("a = 2");
    give({ sentence: "a = 2" });
    give({ sentence: "" });
    expect([input.value, chips()]).toEqual(["", []]);
  });

  it("what somebody does elsewhere takes the line, and what was typed can be put back", () => {
    const { type, give, input, click } = mounted({ sentence: "a = 1" });
    type("a = 1 AND b");
    give({ sentence: "a = 1 AND status = 'FAILED'" });
    expect(input.value).toBe("a = 1 AND status = 'FAILED'");
    click(".below .quiet");
    expect(input.value).toBe("a = 1 AND b");
  });

  it("is a combobox: arrows choose, Enter takes, Tab takes what is begun, Escape closes", () => {
    const { type, press, input, place, send } = mounted();
    type("lo");
    expect(input.getAttribute("aria-expanded")).toBe("true");
    expect(input.hasAttribute("aria-activedescendant")).toBe(false);
    press("ArrowDown");
    const active = input.getAttribute("aria-activedescendant") ?? "";
    expect(place.querySelector(`#${active}`)?.getAttribute("aria-selected")).toBe("true");
    press("Enter");
    expect(input.value).toBe("metrics.loss ");
    press("Escape");
    expect(input.getAttribute("aria-expanded")).toBe("false");
    type("metrics.loss < 1 AND sta");
    press("Tab");
    expect(input.value).toBe("metrics.loss < 1 AND status ");
    expect(send).not.toHaveBeenCalled();
  });

  it("shows a mistake with the nearest name, until somebody types", () => {
    const mistake = { position: 8, found: "los", near: "loss", message: "No run has <b>los</b>" };
    const { place, send, click, input, type } = mounted({ sentence: "metrics.los > 0", mistake, meanwhile: "All." });
    expect(place.querySelector(".mistaken")?.textContent).toBe("metrics.los");
    expect(place.querySelector(".mistake")?.textContent).toBe("No run has <b>los</b>");
    expect(input.getAttribute("aria-invalid")).toBe("true");
    click(".use");
    expect(send).toHaveBeenCalledExactlyOnceWith("sentence", { text: "metrics.loss > 0" });
    type("metrics.loss > 01");
    expect(input.hasAttribute("aria-invalid")).toBe(false);
    expect(place.querySelector(".mistake")).toBeNull();
  });

  it("has a chip for each condition, which goes with a click", () => {
    const { send, click, chips } = mounted({ sentence: "a = 1 AND (b = 1 OR c = 2) AND d IS NULL" });
    expect(chips()).toEqual(["a = 1", "(b = 1 OR c = 2)", "d IS NULL"]);
    click(".chip:nth-child(2) .quiet");
    expect(chips()).toEqual(["a = 1", "d IS NULL"]);
    expect(send).toHaveBeenCalledExactlyOnceWith("sentence", { text: "a = 1 AND d IS NULL" });
  });

  it("has facets with numbers of runs; ticks are one question, and few values make one", () => {
    vi.useFakeTimers();
    const { place, send, click, input, give } = mounted({ sentence: "metrics.loss < 1" });
    click(".tool[aria-expanded]");
    const titles = [...place.querySelectorAll("legend")].map((one) => one.textContent);
    expect(titles).toEqual(["Name", "Started", "Status", "Person", "Experiment", "params.lr", "metrics.loss"]);
    expect(place.querySelector(".note")?.textContent).toBe("Numbers are of all 4 runs here, without the filter.");
    const tick = (value: string) => place.querySelector<HTMLInputElement>(`[data-key="attributes.status=${value}"]`);
    tick("FAILED")?.click();
    tick("FINISHED")?.click();
    expect(send).not.toHaveBeenCalled();
    vi.runAllTimers();
    const text = "metrics.loss < 1 AND status IN ('FAILED', 'FINISHED')";
    expect(send).toHaveBeenCalledExactlyOnceWith("sentence", { text });
    expect(input.value).toBe(text);
    give({ sentence: text });
    give({ sentence: "status = 'FAILED'" });
    expect([tick("FAILED")?.checked, tick("FINISHED")?.checked]).toEqual([true, false]);
    vi.useRealTimers();
  });

  it("a facet runs what was written with it, and leaves half a sentence to be put back", () => {
    vi.useFakeTimers();
    const { place, click, input, type, send } = mounted();
    click(".tool[aria-expanded]");
    const top = place.querySelector<HTMLInputElement>("[data-key=top]");
    type("a = 1");
    top?.click();
    expect(input.value).toBe("a = 1 AND tags.mlflow.parentRunId IS NULL");
    expect(place.querySelector(".below .quiet")).toBeNull();
    type("a = 1 AND tags.mlflow.parentRunId IS NULL AND b");
    top?.click();
    expect(input.value).toBe("a = 1");
    expect(place.querySelector(".below .quiet")?.textContent).toBe("Put it back");
    vi.runAllTimers();
    expect(send).toHaveBeenCalledExactlyOnceWith("sentence", { text: "a = 1" });
    vi.useRealTimers();
  });

  it("foreign names and values are texts", () => {
    const bad = "<img src=x onerror=alert(1)>";
    const columns = [column("params", bad, { common: [[bad, 1], ["b", 1]] })];
    const { place, click, type } = mounted({ columns, sentence: `params.\`${bad}\` = '${bad}'` });
    click(".tool[aria-expanded]");
    type("on");
    expect(place.querySelector("img")).toBeNull();
    expect(place.querySelector("legend[title^='params.<img']")?.textContent).toBe(`params.${bad}`);
  });
});
