/** A panel as a file: SVG for papers, PNG for slides. */

import { element } from "../../shared/dom";
import type { Entry } from "./drawing";
import { svg } from "./svg";
import type { Tone } from "../theme";

export type PictureKind = "svg" | "png";

const MARGIN = 16;
const TITLE = 24;
const LINE = 16;
/** Pixels of a PNG for each of the screen's, so that print is sharp. */
const SHARPNESS = 2;

/** A drawing below its title, with a legend, on the background of the theme. */
export function framed(
  drawing: SVGSVGElement,
  title: string,
  legend: readonly Entry[],
  tone: Tone,
): SVGSVGElement {
  const width = Number(drawing.getAttribute("width"));
  const height = Number(drawing.getAttribute("height"));
  const whole = { width: width + 2 * MARGIN, height: height + TITLE + legend.length * LINE + 2 * MARGIN };
  const text = { fill: tone.text, "font-family": tone.family };
  drawing.setAttribute("x", String(MARGIN));
  drawing.setAttribute("y", String(MARGIN + TITLE));
  const rows = legend.map((entry, at) => {
    const y = MARGIN + TITLE + height + (at + 1) * LINE;
    const line = { x1: MARGIN, x2: MARGIN + 22, y1: y - 4, y2: y - 4, "stroke-width": 2 };
    const dash = entry.dash?.length ? entry.dash.join(" ") : null;
    return svg(
      "g",
      {},
      svg("line", { ...line, stroke: entry.colour, "stroke-dasharray": dash }),
      svg("text", { ...text, x: MARGIN + 30, y, "font-size": 11 }, entry.name),
    );
  });
  return svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${whole.width} ${whole.height}`, ...whole },
    svg("rect", { ...whole, fill: tone.background }),
    svg("text", { ...text, x: MARGIN, y: MARGIN + 13, "font-size": 14, "font-weight": 600 }, title),
    drawing,
    ...rows,
  );
}

export async function save(picture: SVGSVGElement, name: string, kind: PictureKind): Promise<void> {
  const text = new XMLSerializer().serializeToString(picture);
  const drawn = new Blob([text], { type: "image/svg+xml" });
  const file = kind === "svg" ? drawn : await painted(drawn, picture);
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: `${fileName(name)}.${kind}` }).click();
  // The browser reads the address only after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A name that every file system takes. */
export function fileName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replaceAll(/^[-.]+|-+$/g, "");
  return plain.slice(0, 80) || "chart";
}

async function painted(drawn: Blob, picture: SVGSVGElement): Promise<Blob> {
  const address = URL.createObjectURL(drawn);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = element("canvas");
    canvas.width = Number(picture.getAttribute("width")) * SHARPNESS;
    canvas.height = Number(picture.getAttribute("height")) * SHARPNESS;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((done, failed) => {
      canvas.toBlob((blob) => {
        if (blob) done(blob);
        else failed(new Error("The browser could not draw the picture."));
      }, "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
