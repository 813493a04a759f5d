import { describe, expect, it } from "vitest";
import { lineOf } from "../src/marked_text/marked_text";

describe("a line of a marked text", () => {
  it("is text, whatever signs are in it", () => {
    const drawn = lineOf({ mark: "", parts: [{ text: "<img src=x onerror=alert(1)>", kind: "" }] });
    expect(drawn.textContent).toBe("<img src=x onerror=alert(1)>");
    expect(drawn.children.length).toBe(0);
  });

  it("marks its parts and keeps every sign", () => {
    const drawn = lineOf({
      mark: "",
      parts: [{ text: "  Dear ", kind: "" }, { text: "{{ name }}", kind: "variable" }],
    });
    expect(drawn.textContent).toBe("  Dear {{ name }}");
    expect(drawn.querySelector(".variable")?.textContent).toBe("{{ name }}");
  });

  it("says what happened to it as an insertion or a deletion", () => {
    const changed = [{ text: "short", kind: "changed" as const }];
    const added = lineOf({ mark: "added", parts: changed });
    expect([added.tagName, added.firstElementChild?.tagName]).toEqual(["INS", "STRONG"]);
    expect(lineOf({ mark: "removed", parts: changed }).tagName).toBe("DEL");
  });

  it("says of a variable that it has no value", () => {
    const drawn = lineOf({ mark: "", parts: [{ text: "{{name}}", kind: "missing" }] });
    expect(drawn.querySelector(".missing")?.getAttribute("title")).toBe("Without a value");
  });
});
