/**
 * Numbers as texts that say exactly what was logged.
 *
 * A number is written with the shortest digits that give the same double back. Where there is no room
 * its digits are cut and an ellipsis says so; none is ever rounded, which would show another number.
 */

import type { Value } from "./arrow";

/** Digits after the point that a column shows. */
const FRACTION = 6;
/** Digits of the mantissa beside a power of ten. */
const MANTISSA = 5;

const FIGURE_SPACE = "\u2007";
const PUNCTUATION_SPACE = "\u2008";

export function exact(value: Value): string {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A number in two parts: its digits, padded so that points stand below points, and an ellipsis. */
export interface Aligned {
  readonly digits: string;
  readonly cut: boolean;
}

/** How many digits after the point a column needs, no more than are shown. */
export function fractionOf(values: Iterable<Value>): number {
  let most = 0;
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    const text = String(value);
    if (text.includes("e")) continue;
    const point = text.indexOf(".");
    if (point >= 0) most = Math.max(most, text.length - point - 1);
    if (most >= FRACTION) return FRACTION;
  }
  return most;
}

export function aligned(value: Value, fraction: number): Aligned {
  const whole = exact(value);
  if (whole.includes("e")) return withPower(whole);
  if (!/^-?\d/.test(whole)) return { digits: whole, cut: false };
  const [before = "", after = ""] = whole.split(".");
  const shown = after.slice(0, fraction);
  const cut = after.length > shown.length;
  const padding = FIGURE_SPACE.repeat(fraction - shown.length);
  const point = after ? "." : fraction > 0 ? PUNCTUATION_SPACE : "";
  return { digits: `${before}${point}${shown}${padding}`, cut };
}

/** How far a number is from another: for reading, so it has few digits; the sign always stands. */
export function difference(value: number, base: number): string {
  const found = value - base;
  if (!Number.isFinite(found)) return "";
  if (found === 0) return "±0";
  const text = Number(found.toPrecision(3)).toString();
  return found > 0 ? `+${text}` : text.replace("-", "\u2212");
}

export function grouped(count: number): string {
  return count.toLocaleString("en").replaceAll(",", "\u202f");
}

/** A span of milliseconds with its two largest units. */
export function duration(milliseconds: number): string {
  if (!(milliseconds >= 0)) return "";
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** A moment on the reader's clock; MLflow stores 0 for a run that was made without a start. */
export function moment(milliseconds: number): string {
  if (!milliseconds || Math.abs(milliseconds) > 8.64e15) return "";
  return CLOCK.format(milliseconds);
}

/** A moment with its zone and all digits, for hover and copying. */
export function timestamp(milliseconds: number): string {
  if (!milliseconds || Math.abs(milliseconds) > 8.64e15) return "";
  return new Date(milliseconds).toISOString();
}

function withPower(whole: string): Aligned {
  const [mantissa = "", power = ""] = whole.split("e");
  const shown = mantissa.slice(0, MANTISSA + (mantissa.startsWith("-") ? 2 : 1));
  const cut = shown.length < mantissa.length;
  // Here the ellipsis stands where the digits end, before the power.
  return { digits: `${shown}${cut ? "…" : ""}e${power}`, cut: false };
}
