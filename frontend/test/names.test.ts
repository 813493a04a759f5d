import { describe, expect, it } from "vitest";
import { halves } from "../src/shared/names";

describe("a name cut in its middle", () => {
  it("keeps the end, by which runs of a sweep are told apart", () => {
    expect(halves("sweep-resnet50-lr3-seed0042")).toEqual(["sweep-resnet50-lr3", "-seed0042"]);
    expect(halves("short")).toEqual(["short", ""]);
  });

  it("is put together again, whatever signs it has", () => {
    for (const name of ["🏃‍♀️".repeat(40), "سلام-".repeat(30), "a".repeat(100_000), "é́".repeat(50)]) {
      expect(halves(name).join("")).toBe(name);
    }
  });

  it("cuts no emoji", () => {
    const [, tail] = halves("🏃‍♀️".repeat(40));
    expect(tail).toBe("🏃‍♀️".repeat(9));
  });
});
