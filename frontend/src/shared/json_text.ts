/** JSON as it was logged, set out for reading: no value in it is parsed, so none becomes another. */

const SPACES = "  ";

/** Whether a text is one JSON document. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A text for reading: a document over several lines, a single string without its quotes, and
 * whatever is no JSON as it is.
 *
 * Numbers go through as they are written: `12345678901234567890` and `0.10` stay what they are.
 */
export function readable(text: string): string {
  if (!isJson(text)) return text;
  const plain = text.trim();
  if (plain.startsWith('"')) return JSON.parse(plain) as string;
  if (!plain.startsWith("{") && !plain.startsWith("[")) return plain;
  return indented(plain);
}

function indented(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  let at = 0;
  const newline = () => parts.push("\n", SPACES.repeat(depth));
  while (at < text.length) {
    const sign = text.charAt(at);
    if (sign === '"') {
      const end = endOfString(text, at);
      parts.push(text.slice(at, end));
      at = end;
      continue;
    }
    if (sign === "{" || sign === "[") {
      const closing = afterSpace(text, at + 1);
      if (text[closing] === "}" || text[closing] === "]") {
        parts.push(sign, text.charAt(closing));
        at = closing + 1;
        continue;
      }
      depth += 1;
      parts.push(sign);
      newline();
    } else if (sign === "}" || sign === "]") {
      depth -= 1;
      newline();
      parts.push(sign);
    } else if (sign === ",") {
      parts.push(sign);
      newline();
    } else if (sign === ":") {
      parts.push(": ");
    } else if (!/\s/.test(sign)) {
      parts.push(sign);
    }
    at += 1;
  }
  return parts.join("");
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}
