/**
 * The words of a filter, cut as the reading room cuts them (mlflow_server/reading/grammar.py).
 *
 * Colours, completion, chips and facets all stand on these: a text in quotes that holds an AND is one
 * word for each of them.
 */

export type TokenType =
  | "name"
  | "comparator"
  | "keyword"
  | "number"
  | "text"
  | "left"
  | "right"
  | "comma"
  /** A quote without its partner, to the end. */
  | "open"
  /** A sign that begins nothing. */
  | "wrong";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A name as it is compared: `metric.loss` and ``metrics.`loss` `` are the same one. */
export interface Name {
  readonly kind: string;
  readonly key: string;
}

export const KINDS: Readonly<Record<string, string>> = {
  metric: "metrics",
  metrics: "metrics",
  param: "params",
  params: "params",
  parameter: "params",
  parameters: "params",
  tag: "tags",
  tags: "tags",
  attr: "attributes",
  attribute: "attributes",
  attributes: "attributes",
  run: "attributes",
  dataset: "datasets",
  datasets: "datasets",
};

const LETTER = "[\\p{L}\\p{N}_]";
const WORD_END = `(?!${LETTER})`;
const PLAIN = "[\\p{L}\\p{N}_$#:/-]+";
const BACKTICKS = "`(?:``|[^`])*`";
const SINGLE = "'(?:''|\\\\'|[^'])*'";
const DOUBLE = '"(?:""|\\\\"|[^"])*"';
const NAME = `(?:${BACKTICKS}|(?=[\\p{L}_])${PLAIN})(?:\\.(?:${BACKTICKS}|${SINGLE}|${DOUBLE}|${PLAIN}))*`;

// In the order of the grammar: what is a keyword is no name, and a text in double quotes is a value.
const TERMINALS: readonly (readonly [TokenType, RegExp])[] = [
  ["keyword", terminal(`(?:AND|OR|NOT|IN|IS|NULL|BETWEEN)${WORD_END}`, "i")],
  ["comparator", terminal(`[<>=~!]+|(?:LIKE|ILIKE|RLIKE)${WORD_END}`, "i")],
  ["number", terminal(`-?(?:\\d+\\.?\\d*|\\.\\d+)(?:E[+-]?\\d+)?(?!${LETTER}|\\.)`, "i")],
  ["text", terminal(`${SINGLE}|${DOUBLE}`)],
  ["name", terminal(NAME)],
  ["left", terminal("\\(")],
  ["right", terminal("\\)")],
  ["comma", terminal(",")],
  ["open", terminal("['\"`][^]*")],
  ["wrong", terminal("[^]")],
];
const UNQUOTED = new RegExp(`^${PLAIN}(?:\\.${PLAIN})*$`, "u");
const SPACE = terminal("\\s+");

function terminal(pattern: string, flags = ""): RegExp {
  return new RegExp(pattern, `uy${flags}`);
}

/** Every word of a filter; what no filter has is a token too, so that the text is whole. */
export function tokenize(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(text)) {
      at = SPACE.lastIndex;
      continue;
    }
    for (const [type, pattern] of TERMINALS) {
      pattern.lastIndex = at;
      if (!pattern.test(text)) continue;
      const end = pattern.lastIndex;
      found.push({ type, text: text.slice(at, end), start: at, end });
      at = end;
      break;
    }
  }
  return found;
}

export function isKeyword(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.type === "keyword" && words.includes(token.text.toUpperCase());
}

/** The name that is written so; its kind is what stands there where no kind is called so. */
export function readName(text: string): Name {
  const point = text.indexOf(".");
  if (point < 0) return { kind: "attributes", key: without(without(text, "'\""), "`") };
  const word = without(text.slice(0, point), "`");
  const key = without(without(text.slice(point + 1), "'\""), "`");
  return { kind: KINDS[word] ?? word, key };
}

/** How a name is written: in backticks where it has other signs; null where it cannot be. */
export function writeName({ kind, key }: Name): string | null {
  if (kind === "attributes") return key;
  if (key.includes("`") || !key) return null;
  return `${kind}.${UNQUOTED.test(key) ? key : `\`${key}\``}`;
}

/** A text in quotes; null for one that no filter can say, since it has no escapes. */
export function writeText(text: string): string | null {
  if (text.endsWith("\\") || /\\['"]/.test(text)) return null;
  if (!text.includes("'")) return `'${text}'`;
  return text.includes('"') ? null : `"${text}"`;
}

/** What stands between the quotes of a text. */
export function readText(written: string): string {
  return written.slice(1, -1);
}

function without(text: string, quotes: string): string {
  const [first = ""] = text;
  return text.length > 1 && first === text.at(-1) && quotes.includes(first) ? text.slice(1, -1) : text;
}
