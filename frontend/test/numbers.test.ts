import { describe, expect, it } from "vitest";
import { aligned, difference, duration, exact, fractionOf, moment } from "../src/shared/numbers";

const shown = (value: number | bigint | string, fraction = 6) => {
  const { digits, cut } = aligned(value, fraction);
  return digits.trim() + (cut ? "…" : "");
};

describe("a number as it was logged", () => {
  it.each([
    [0.1 + 0.2, "0.30000000000000004"],
    [2 ** 60, "1152921504606847000"],
    [2n ** 60n + 1n, "1152921504606846977"],
    [1e-7, "1e-7"],
    [NaN, "NaN"],
    [Infinity, "∞"],
    [-Infinity, "-∞"],
    [-0, "-0"],
    ["00120", "00120"],
    [null, ""],
  ])("%s is written %s", (value, text) => {
    expect(exact(value)).toBe(text);
  });

  it("gives the same double back", () => {
    for (let seed = 1; seed < 2000; seed++) {
      const value = Math.sin(seed) * 10 ** ((seed % 40) - 20);
      expect(Number(exact(value))).toBe(value);
    }
  });
});

describe("a number in a column", () => {
  it("is cut and never rounded", () => {
    expect(shown(0.9999999)).toBe("0.999999…");
    expect(shown(-1.23456789)).toBe("-1.234567…");
    expect(shown(1.23456789e-9)).toBe("1.2345…e-9");
    expect(shown(123456789)).toBe("123456789");
  });

  it("is what was logged as far as it is shown", () => {
    for (let seed = 1; seed < 2000; seed++) {
      const value = Math.sin(seed) * 10 ** ((seed % 12) - 5);
      const before = shown(value).split("…")[0] ?? "";
      expect(exact(value).startsWith(before)).toBe(true);
    }
  });

  it("has its point below the others", () => {
    const lengths = [1, 0.5, 0.25, 10.125].map((value) => {
      const { digits } = aligned(value, 3);
      return digits.length - Math.max(digits.indexOf("."), digits.indexOf("\u2008"));
    });
    expect(new Set(lengths)).toEqual(new Set([4]));
    expect(fractionOf([1, 0.5, NaN, 0.125, null, "0.123456"])).toBe(3);
    expect(fractionOf([1, 2])).toBe(0);
  });
});

describe("beside other things", () => {
  it("a difference has its sign", () => {
    expect(difference(0.75, 0.5)).toBe("+0.25");
    expect(difference(0.5, 0.75)).toBe("\u22120.25");
    expect(difference(1, 1)).toBe("±0");
    expect(difference(NaN, 1)).toBe("");
    expect(difference(Infinity, 1)).toBe("");
  });

  it("durations have two units, and none below zero", () => {
    expect([4, 1500, 61_000, 3_700_000, 90_000_000].map(duration)).toEqual([
      "4 ms",
      "1.5 s",
      "1 min 1 s",
      "1 h 1 min",
      "1 d 1 h",
    ]);
    expect(duration(-5)).toBe("");
  });

  it("a run without a start has no moment in 1970", () => {
    expect(moment(0)).toBe("");
    expect(moment(9e15)).toBe("");
    expect(moment(1_764_000_000_000)).toMatch(/2025/);
  });
});
