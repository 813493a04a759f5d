/** Elements of SVG, made without markup. */

const NAMESPACE = "http://www.w3.org/2000/svg";

type Attributes = Readonly<Record<string, string | number | null | undefined>>;

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children);
  return made;
}

/** A coordinate with as many digits as a screen can show. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A path through points; it is broken where one of them is missing. */
export function pathThrough(points: Iterable<readonly [x: number, y: number] | null>): string {
  const parts: string[] = [];
  let pen = "M";
  for (const point of points) {
    if (point === null) {
      pen = "M";
      continue;
    }
    parts.push(`${pen}${round(point[0])},${round(point[1])}`);
    pen = "L";
  }
  return parts.join("");
}

/** What a style sheet may say of an element, that a file has to hold itself. */
const KEPT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
] as const;

/** A copy of a drawing on the page with its styles in it, as no style sheet goes with a file. */
export function standalone(drawn: SVGSVGElement): SVGSVGElement {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  const from = drawn.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, at) => {
    const original = from[at];
    if (original === undefined) return;
    const style = getComputedStyle(original);
    for (const name of KEPT) {
      const value = style.getPropertyValue(name);
      if (value) element.setAttribute(name, value);
    }
    element.removeAttribute("class");
    element.removeAttribute("style");
  });
  return copy;
}
