/** Lines of a log as they are drawn, and what is found in them. */

import { type Look, type Piece, piecesOf, PLAIN } from "./ansi";

/** A longer line is drawn in parts: a browser takes seconds to lay out millions of signs in one. */
export const LONGEST = 4_000;
/** More hits than these are for a narrower search. */
export const MOST_HITS = 10_000;

export interface Line {
  readonly pieces: readonly Piece[];
  /** What it says, without its colours. */
  readonly text: string;
  /** Whether the line of the file goes on in the next one. */
  readonly cut: boolean;
}

export interface Hit {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

export interface Parsed {
  readonly lines: Line[];
  /** The look that further text begins with. */
  readonly look: Look;
}

export function linesOf(text: string, look: Look = PLAIN): Parsed {
  const lines: Line[] = [];
  if (text === "") return { lines, look };
  const raw = text.split("\n");
  // A line end at the end is no further line.
  if (raw.at(-1) === "") raw.pop();
  for (const one of raw) {
    const parsed = piecesOf(overwritten(one), look);
    look = parsed.look;
    lines.push(...inParts(parsed.pieces));
  }
  return { lines, look };
}

/** What a terminal shows of a line that is written again and again, as progress bars are. */
function overwritten(line: string): string {
  const whole = line.replace(/\r+$/, "");
  const at = whole.lastIndexOf("\r");
  return at < 0 ? whole : whole.slice(at + 1);
}

function inParts(pieces: readonly Piece[]): Line[] {
  const parts: Piece[][] = [[]];
  let room = LONGEST;
  for (const { text, style } of pieces) {
    let from = 0;
    while (from < text.length) {
      if (room === 0) {
        parts.push([]);
        room = LONGEST;
      }
      let to = Math.min(text.length, from + room);
      // Both halves of a sign stay together.
      if (to < text.length && to - from > 1 && isHighHalf(text.charCodeAt(to - 1))) to--;
      parts.at(-1)?.push({ text: text.slice(from, to), style });
      room = to < text.length ? 0 : room - (to - from);
      from = to;
    }
  }
  return parts.map((own, at) => ({
    pieces: own,
    text: own.map((piece) => piece.text).join(""),
    cut: at < parts.length - 1,
  }));
}

function isHighHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Where a text stands in the lines, whatever the case of its letters. */
export function find(lines: readonly Line[], wanted: string): Hit[] {
  const hits: Hit[] = [];
  if (!wanted) return hits;
  // Lower case may have another length: the pattern compares sign by sign.
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu");
  for (const [line, { text }] of lines.entries()) {
    for (const { index, 0: found } of text.matchAll(pattern)) {
      hits.push({ line, from: index, to: index + found.length });
      if (hits.length >= MOST_HITS) return hits;
    }
  }
  return hits;
}

export interface Marked extends Piece {
  /** The hit that the piece belongs to; -1 for none. */
  readonly hit: number;
}

/** The pieces of a line cut where hits begin and end; `first` is the number of its first hit. */
export function marked(line: Line, hits: readonly Hit[], first: number): Marked[] {
  const found: Marked[] = [];
  let at = 0;
  let next = 0;
  for (const { text, style } of line.pieces) {
    let from = 0;
    while (from < text.length) {
      const hit = hits[next];
      const place = at + from;
      if (hit === undefined || hit.from >= at + text.length) {
        found.push({ text: text.slice(from), style, hit: -1 });
        break;
      }
      if (place < hit.from) {
        found.push({ text: text.slice(from, hit.from - at), style, hit: -1 });
        from = hit.from - at;
        continue;
      }
      const to = Math.min(text.length, hit.to - at);
      found.push({ text: text.slice(from, to), style, hit: first + next });
      from = to;
      if (at + to >= hit.to) next++;
    }
    at += text.length;
  }
  return found;
}
