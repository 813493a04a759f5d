/**
 * The border between the table and the charts: dragged, or moved by arrow keys.
 *
 * Both stand in one container of the page, whose grid takes the table's part from a variable of its
 * style (studio.css). Where the page is too narrow for two columns there is no border.
 */

import { element } from "../shared/dom";

/** The table's part of the width, in percent. */
export const MIDDLE = 50;
const LEAST = 20;
const MOST = 80;
const STEP = 2;
const LARGE_STEP = 10;

const CONTAINER = '[class*="st-key-runs-split"]';

export class Split {
  readonly root = element("div", {
    class: "border",
    role: "separator",
    tabindex: 0,
    "aria-orientation": "vertical",
    "aria-label": "Width of the table",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
    title: "Drag to resize; double click for halves",
  });
  private at = MIDDLE;

  constructor(private readonly moved: (at: number) => void) {
    this.root.addEventListener("pointerdown", (event) => this.drag(event));
    this.root.addEventListener("dblclick", () => this.moveTo(MIDDLE));
    this.root.addEventListener("keydown", (event) => {
      const at = keyed(event, this.at);
      if (at === null) return;
      event.preventDefault();
      this.moveTo(at);
    });
  }

  /** Gives the table this part of the width. */
  show(at: number): void {
    this.at = within(at);
    this.root.setAttribute("aria-valuenow", String(this.at));
    const container = this.container();
    this.root.hidden = container === null;
    container?.style.setProperty("--table-part", String(this.at));
  }

  private moveTo(at: number): void {
    this.show(at);
    this.moved(this.at);
  }

  private drag(event: PointerEvent): void {
    const box = this.container()?.getBoundingClientRect();
    if (box === undefined || event.button !== 0) return;
    event.preventDefault();
    this.root.focus();
    this.root.setPointerCapture(event.pointerId);
    const follow = (moved: PointerEvent) => {
      this.show(((moved.clientX - box.left) / box.width) * 100);
    };
    const drop = () => {
      this.root.removeEventListener("pointermove", follow);
      this.moved(this.at);
    };
    this.root.addEventListener("pointermove", follow);
    this.root.addEventListener("lostpointercapture", drop, { once: true });
  }

  /** The component lives in a shadow tree: the container is around its host. */
  private container(): HTMLElement | null {
    const tree = this.root.getRootNode();
    const host = tree instanceof ShadowRoot ? tree.host : this.root;
    return host.closest<HTMLElement>(CONTAINER);
  }
}

/** Where a key moves the border to; null for other keys. */
export function keyed(event: Pick<KeyboardEvent, "key" | "shiftKey">, at: number): number | null {
  const step = event.shiftKey ? LARGE_STEP : STEP;
  switch (event.key) {
    case "ArrowLeft":
      return within(at - step);
    case "ArrowRight":
      return within(at + step);
    case "Home":
      return LEAST;
    case "End":
      return MOST;
    case "Enter":
      return MIDDLE;
    default:
      return null;
  }
}

function within(at: number): number {
  return Number.isFinite(at) ? Math.min(Math.max(Math.round(at), LEAST), MOST) : MIDDLE;
}
