/** Which part of many rows or columns of one size is drawn. */

export interface Span {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** More than can be seen, so that a small movement draws nothing. */
const AROUND = 6;

export function spanOf(scrolled: number, visible: number, size: number, count: number): Span {
  const first = Math.max(0, Math.floor(scrolled / size) - AROUND);
  const end = Math.min(count, Math.ceil((scrolled + visible) / size) + AROUND);
  // Scrolled beyond the end, for instance when lines were hidden.
  return first < end ? { first, end } : { first: Math.max(0, count - AROUND), end: count };
}

/** Whether a span that was drawn has all that is seen now. */
export function covers(drawn: Span, scrolled: number, visible: number, size: number): boolean {
  return drawn.first * size <= scrolled && drawn.end * size >= scrolled + visible;
}
