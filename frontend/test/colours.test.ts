import { describe, expect, it } from "vitest";
import { colourOf, dashesOf } from "../src/shared/colours";

const BACKGROUNDS = ["#ffffff", "#0e1516"];

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(left: string, right: string): number {
  const [low = 0, high = 0] = [luminance(left), luminance(right)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe("the colour of a run", () => {
  const colours = Array.from({ length: 1000 }, (_, at) => colourOf(`run-${at}`));

  it("comes from its id alone", () => {
    expect(colourOf("4f0c")).toBe(colourOf("4f0c"));
    expect(new Set(colours).size).toBe(36);
  });

  it("is drawn in another pattern where two lines share it", () => {
    const dashes = dashesOf(Array.from({ length: 12 }, (_, at) => `run-${at}`));
    const looks = [...dashes].map(([id, dash]) => `${colourOf(id)} ${dash.join()}`);
    expect(new Set(looks).size).toBe(12);
  });

  it("can be seen on light and dark", () => {
    for (const colour of new Set(colours)) {
      expect(colour).toMatch(/^#[0-9a-f]{6}$/);
      for (const background of BACKGROUNDS) {
        expect(contrast(colour, background)).toBeGreaterThanOrEqual(3);
      }
    }
  });
});
