/**
 * A range along an upright axis, chosen by a drag or by keys.
 *
 * For a screen reader it is a slider: its value is the range in words. Up and down move the upper end,
 * with Shift the lower one, Enter takes the range, Escape gives it up.
 */

import { svg } from "../panels/svg";

/** A shorter drag is a click, in pixels. */
const LEAST_DRAG = 4;
const HANDLE = 24;
/** How far a key moves an end, as a share of the axis. */
const STEP = 0.05;

export interface BrushAxis {
  readonly left: number;
  readonly top: number;
  readonly height: number;
  readonly label: string;
  /** What stands at a place of the axis, from 0 at its foot to 1. */
  readonly said: (place: number) => string;
  readonly chosen: (low: number, high: number) => void;
}

export class Brush {
  readonly element: SVGGElement;
  private readonly shown: SVGRectElement;
  private readonly handle: SVGRectElement;
  private low = 0;
  private high = 1;

  constructor(private readonly axis: BrushAxis) {
    const { left, top, height, label } = axis;
    this.shown = svg("rect", { class: "brush", x: left - 7, width: 14, y: top, height: 0 });
    this.handle = svg("rect", {
      class: "brush-area",
      x: left - HANDLE / 2,
      width: HANDLE,
      y: top,
      height,
      tabindex: 0,
      role: "slider",
      "aria-label": `Range of ${label}`,
      "aria-orientation": "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    });
    this.element = svg("g", {}, this.shown, this.handle);
    this.tell();
    this.handle.addEventListener("pointerdown", (event) => this.drag(event));
    this.handle.addEventListener("keydown", (event) => this.press(event));
    this.handle.addEventListener("blur", () => this.set(0, 1));
  }

  private set(low: number, high: number): void {
    [this.low, this.high] = [low, high];
    const { top, height } = this.axis;
    const whole = low <= 0 && high >= 1;
    this.shown.setAttribute("y", String(top + (1 - high) * height));
    this.shown.setAttribute("height", String(whole ? 0 : (high - low) * height));
    this.tell();
  }

  private tell(): void {
    const { said } = this.axis;
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.high * 100)));
    this.handle.setAttribute("aria-valuetext", `from ${said(this.low)} to ${said(this.high)}`);
  }

  private press(event: KeyboardEvent): void {
    const way = event.key === "ArrowUp" ? STEP : event.key === "ArrowDown" ? -STEP : 0;
    if (way) {
      if (event.shiftKey) this.set(within(this.low + way, 0, this.high - STEP), this.high);
      else this.set(this.low, within(this.high + way, this.low + STEP, 1));
    } else if (event.key === "Enter") {
      if (this.low > 0 || this.high < 1) this.axis.chosen(this.low, this.high);
    } else if (event.key === "Escape") this.set(0, 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private drag(event: PointerEvent): void {
    event.preventDefault();
    const { top, height } = this.axis;
    this.handle.setPointerCapture(event.pointerId);
    const placeOf = (moved: PointerEvent) => {
      const y = moved.clientY - (this.element.ownerSVGElement?.getBoundingClientRect().top ?? 0);
      return within(1 - (y - top) / height, 0, 1);
    };
    const start = placeOf(event);
    this.set(0, 1);
    const follow = (moved: PointerEvent) => {
      const end = placeOf(moved);
      this.set(Math.min(start, end), Math.max(start, end));
    };
    this.handle.addEventListener("pointermove", follow);
    this.handle.addEventListener(
      "lostpointercapture",
      () => {
        this.handle.removeEventListener("pointermove", follow);
        const { low, high } = this;
        const chosen = (low > 0 || high < 1) && (high - low) * height >= LEAST_DRAG;
        if (chosen) this.axis.chosen(low, high);
        else this.set(0, 1);
      },
      { once: true },
    );
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
