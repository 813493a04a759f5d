/** Times of spans, which last from microseconds to hours. */

import { duration } from "../shared/numbers";

/** A span of milliseconds in two or three digits: `40 µs`, `3.2 ms`, `180 ms`, `1.4 s`. */
export function lasting(milliseconds: number): string {
  if (!(milliseconds >= 0)) return "";
  if (milliseconds === 0) return "0 ms";
  if (milliseconds < 1) return `${Math.max(1, Math.round(milliseconds * 1000))} µs`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return duration(milliseconds);
}

/** The marks of a time axis from 0 to `length`: three to six of them, at round numbers. */
export function ticks(length: number): number[] {
  const power = 10 ** Math.floor(Math.log10(length / 2));
  // The coarsest that leaves three marks.
  const step = [5, 2, 1].map((factor) => factor * power).find((one) => one * 2 <= length) ?? power;
  const found: number[] = [];
  for (let at = 0; at * step <= length * 1.0001; at += 1) found.push(at * step);
  return found;
}
