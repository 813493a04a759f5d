/** Elements made without markup: every text is a text node, whatever signs are in it. */

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | null | undefined;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : String(value));
  }
  append(made, children);
  return made;
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined) parent.appendChild(node(child));
  }
}

/** A button; `label` is what a screen reader says where the content is a sign. */
export function button(
  content: Child,
  act: (event: MouseEvent) => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, content);
  made.addEventListener("click", act);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of one path on a grid of 24; decoration, so it has no name. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.appendChild(drawn);
  return svg;
}

export const ICONS = {
  chevronRight: "M9 6l6 6-6 6",
  columns: "M4 5h16v14H4zM9.5 5v14M15 5v14",
  group: "M4 6h6M4 12h6M4 18h6M14 6h6v12h-6z",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  enlarge: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  reduce: "M20 10h-6V4M14 10l6-6M4 14h6v6M10 14l-6 6",
  hide: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM4 4l16 16",
  reset: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",
  grip: "M9 5v.01M15 5v.01M9 12v.01M15 12v.01M9 19v.01M15 19v.01",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
} as const;

function node(child: Node | string): Node {
  return typeof child === "string" ? document.createTextNode(child) : child;
}
