/** What Python gives to a marked text (ml_studio/marked_text.py). */

/** What happened to a line between two texts; `omitted` stands for equal lines that are left out. */
export const MARKS = ["", "added", "removed", "omitted"] as const;
export type Mark = (typeof MARKS)[number];

/** A variable, the value in its place, one without a value, and words that differ. */
export const KINDS = ["", "variable", "value", "missing", "changed"] as const;
export type Kind = (typeof KINDS)[number];

export interface Part {
  readonly text: string;
  readonly kind: Kind;
}

export interface Line {
  readonly mark: Mark;
  readonly parts: readonly Part[];
}

export interface MarkedTextData {
  readonly lines: readonly Line[];
  readonly label: string;
  /** What the button copies; there is none for an empty text. */
  readonly copied: string;
  /** The most that it takes of the page, in pixels. */
  readonly height: number;
}
