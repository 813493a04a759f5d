/** The lines of a panel as SVG: what a canvas shows, for a file. */

import type uPlot from "uplot";
import { pathThrough, round, svg } from "../panels/svg";
import type { Tone } from "../theme";

export interface LinesOfPicture {
  readonly plot: uPlot;
  /** How each line looks, in the order of the plot's data. */
  readonly looks: readonly uPlot.Series[];
  readonly bands: readonly uPlot.Band[];
  /** Where the ticks are, and what stands there. */
  readonly ticks: Readonly<Record<"x" | "y", ReadonlyMap<number, string>>>;
}

type Point = readonly [x: number, y: number] | null;

let pictures = 0;

export function pictureOf({ plot, looks, bands, ticks }: LinesOfPicture, tone: Tone): SVGSVGElement {
  const { width, height } = plot;
  const { offsetLeft: left, offsetTop: top, clientWidth: inner, clientHeight: tall } = plot.over;
  const text = { fill: tone.faint, "font-family": tone.family, "font-size": 11 };
  const frame = svg("g");
  for (const [value, label] of ticks.x) {
    const x = round(left + plot.valToPos(value, "x"));
    frame.append(
      svg("line", { x1: x, x2: x, y1: top, y2: top + tall, stroke: tone.line }),
      svg("text", { ...text, x, y: top + tall + 18, "text-anchor": "middle" }, label),
    );
  }
  for (const [value, label] of ticks.y) {
    const y = top + plot.valToPos(value, "y");
    frame.append(
      svg("line", { x1: left, x2: left + inner, y1: round(y), y2: round(y), stroke: tone.line }),
      svg("text", { ...text, x: left - 8, y: round(y + 4), "text-anchor": "end" }, label),
    );
  }
  const clip = `ml-studio-picture-${(pictures += 1)}`;
  const drawn = svg("g", { "clip-path": `url(#${clip})`, fill: "none" });
  const points = looks.map((_look, at) => pointsOf(plot, at + 1, left, top));
  for (const band of bands) {
    const [upper, lower] = band.series;
    drawn.append(svg("path", { d: areaOf(points[upper - 1] ?? [], points[lower - 1] ?? []), ...fillOf(band.fill) }));
  }
  looks.forEach((look, at) => {
    if (!look.width) return;
    const { colour, opacity } = plain(look.stroke);
    const own = points[at] ?? [];
    const dash = look.dash?.length ? look.dash.join(" ") : null;
    drawn.append(
      svg("path", {
        d: pathThrough(own),
        stroke: colour,
        "stroke-opacity": opacity,
        "stroke-width": look.width,
        "stroke-dasharray": dash,
      }),
    );
    const [only] = own;
    if (own.length === 1 && only) drawn.append(svg("circle", { cx: round(only[0]), cy: round(only[1]), r: 3.5, fill: colour }));
  });
  return svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("clipPath", { id: clip }, svg("rect", { x: left, y: top, width: inner, height: tall })),
    frame,
    drawn,
  );
}

/** The points of a line; null where it is broken, none where only other lines have a point. */
function pointsOf(plot: uPlot, at: number, left: number, top: number): Point[] {
  const [xs] = plot.data;
  const ys = plot.data[at] ?? [];
  const points: Point[] = [];
  xs.forEach((x, place) => {
    const y = ys[place];
    if (y === undefined) return;
    points.push(y === null ? null : [left + plot.valToPos(x, "x"), top + plot.valToPos(y, "y")]);
  });
  return points;
}

/** The area between two lines that have the same places. */
function areaOf(upper: readonly Point[], lower: readonly Point[]): string {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at <= upper.length; at++) {
    if (upper[at] && lower[at]) continue;
    if (at > start) {
      pieces.push(`${pathThrough([...upper.slice(start, at), ...lower.slice(start, at).reverse()])}Z`);
    }
    start = at + 1;
  }
  return pieces.join("");
}

function fillOf(fill: uPlot.Band["fill"]): Record<string, string | number> {
  const { colour, opacity } = plain(fill);
  return { fill: colour, "fill-opacity": opacity };
}

/** A colour with its opacity apart: many programs do not read #rrggbbaa in SVG. */
function plain(colour: unknown): { colour: string; opacity: number } {
  const text = typeof colour === "string" ? colour : "none";
  if (!/^#[0-9a-f]{8}$/i.test(text)) return { colour: text, opacity: 1 };
  return { colour: text.slice(0, 7), opacity: Math.round((parseInt(text.slice(7), 16) / 255) * 100) / 100 };
}
