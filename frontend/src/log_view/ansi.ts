/** Colours of a terminal (ECMA-48, "select graphic rendition") as classes of pieces of text. */

export interface Piece {
  readonly text: string;
  /** Classes of the style sheet; empty for plain text. */
  readonly style: string;
}

/** What is switched on; it lasts over the ends of lines. */
export interface Look {
  readonly colour: string;
  readonly ground: string;
  readonly bold: boolean;
  readonly faint: boolean;
  readonly italic: boolean;
  readonly underlined: boolean;
}

export const PLAIN: Look = { colour: "", ground: "", bold: false, faint: false, italic: false, underlined: false };

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// Sequences that move a cursor or name a window mean nothing on a page; they are taken out.
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** The pieces of a line that begins with a look, and the look that the next line begins with. */
export function piecesOf(line: string, look: Look): { pieces: Piece[]; look: Look } {
  const pieces: Piece[] = [];
  const add = (text: string) => {
    if (text) pieces.push({ text: text.replace(UNSEEN, "\ufffd"), style: styleOf(look) });
  };
  let from = 0;
  for (const found of line.matchAll(SEQUENCE)) {
    add(line.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === "m") look = applied(look, found[1] ?? "");
  }
  add(line.slice(from));
  return { pieces, look };
}

function applied(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      // 5;n is one of 256 colours, 2;r;g;b is any: beyond the sixteen, which have readable
      // counterparts in light and dark, one of the two backgrounds would swallow the text.
      const short = codes[at + 1] === 5;
      const number = short ? (codes[at + 2] ?? 16) : 16;
      const name = number < 16 ? (NAMES[number % 8] ?? "") : "";
      look = code === 38 ? { ...look, colour: name } : { ...look, ground: name };
      at += short ? 2 : 4;
    } else look = switched(look, code);
  }
  return look;
}

function switched(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, faint: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underlined: true };
  if (code === 22) return { ...look, bold: false, faint: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underlined: false };
  if (code === 39) return { ...look, colour: "" };
  if (code === 49) return { ...look, ground: "" };
  const name = NAMES[code % 10];
  if (name === undefined) return look;
  const tens = Math.floor(code / 10);
  if (tens === 3 || tens === 9) return { ...look, colour: name };
  if (tens === 4 || tens === 10) return { ...look, ground: name };
  return look;
}

function styleOf(look: Look): string {
  return [
    look.colour,
    look.ground && `on-${look.ground}`,
    look.bold && "bold",
    look.faint && "faint",
    look.italic && "italic",
    look.underlined && "underlined",
  ]
    .filter(Boolean)
    .join(" ");
}
