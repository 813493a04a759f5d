import { describe, expect, it } from "vitest";
import { readable } from "../src/shared/json_text";

describe("JSON set out for reading", () => {
  it("stands on several lines", () => {
    expect(readable('{"a":[1,{"b":null}],"c":{}, "d": [ ]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  it("keeps every number as it was logged", () => {
    const text = "[12345678901234567890,0.10,1e400,-0.0]";
    expect(readable(text)).toBe("[\n  12345678901234567890,\n  0.10,\n  1e400,\n  -0.0\n]");
  });

  it("touches no sign within a string", () => {
    const text = '{"k":"a, b: {c} [d] \\" \\\\"}';
    expect(readable(text)).toBe('{\n  "k": "a, b: {c} [d] \\" \\\\"\n}');
  });

  it("is a plain text where it is one string", () => {
    expect(readable('"two\\nlines"')).toBe("two\nlines");
  });

  it("is left alone where it is none", () => {
    expect(readable("{not json")).toBe("{not json");
    expect(readable("")).toBe("");
    expect(readable("NaN")).toBe("NaN");
  });
});
