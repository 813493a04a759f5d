/** The course of a metric as a small line beside its values. */

const WIDTH = 120;
const HEIGHT = 24;
const EDGE = 2;

/** The path of a line; gaps where a value is missing. */
export function pathOf(values: readonly (number | null)[]): string {
  const finite = values.filter((value) => value !== null);
  if (finite.length < 2) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  let draws = false;
  return values
    .map((value, at) => {
      if (value === null) {
        draws = false;
        return "";
      }
      const x = EDGE + (at / (values.length - 1)) * (WIDTH - 2 * EDGE);
      const share = span > 0 && Number.isFinite(span) ? (value - low) / span : 0.5;
      const y = HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE);
      const word = draws ? "L" : "M";
      draws = true;
      return `${word}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

/** Decoration: what it shows stands beside it in numbers. */
export function sparkline(values: readonly (number | null)[]): SVGSVGElement | null {
  const d = pathOf(values);
  if (!d) return null;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("width", String(WIDTH));
  svg.setAttribute("height", String(HEIGHT));
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}
