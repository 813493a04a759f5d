/** The colours of the theme for a canvas or a file, which know no CSS variables. */

export interface Tone {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly background: string;
  readonly family: string;
  readonly font: string;
}

export function toneOf(root: HTMLElement): Tone {
  const style = getComputedStyle(root);
  const read = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const family = read("--st-font", "sans-serif");
  return {
    text: read("--st-text-color", "#14201f"),
    faint: read("--st-gray-text-color", "#55636a"),
    line: read("--st-dataframe-border-color", "") || read("--st-border-color", "#d5dfde"),
    background: read("--st-background-color", "#ffffff"),
    family,
    font: `11px ${family}`,
  };
}

export function same(left: Tone, right: Tone): boolean {
  return left.text === right.text && left.faint === right.faint && left.line === right.line;
}
