/**
 * One colour a run, made from its id alone: the same in every panel, table, reload and browser.
 *
 * The lightness stays where a line has a contrast of 3:1 on the light and on the dark background
 * (WCAG 2.1, 1.4.11); hues are told apart by a second lightness.
 */

const HUES = 18;
const LIGHTNESS = [0.54, 0.63];
const CHROMA = 0.15;

const cache = new Map<string, string>();

export function colourOf(runId: string): string {
  let colour = cache.get(runId);
  if (colour === undefined) {
    const hash = hashOf(runId);
    const hue = ((hash % HUES) * 360) / HUES;
    const lightness = LIGHTNESS[Math.floor(hash / HUES) % LIGHTNESS.length] ?? 0.6;
    colour = hex(lightness, CHROMA, hue);
    cache.set(runId, colour);
  }
  return colour;
}

const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Line patterns for runs that are drawn together: those of one colour get different ones. */
export function dashesOf(runIds: readonly string[]): Map<string, readonly number[]> {
  const seen = new Map<string, number>();
  return new Map(
    runIds.map((id) => {
      const before = seen.get(colourOf(id)) ?? 0;
      seen.set(colourOf(id), before + 1);
      return [id, DASHES[before % DASHES.length] ?? []];
    }),
  );
}

export function translucent(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** FNV-1a: ids are random, so any hash that uses all their signs will do. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  // The low bits of FNV are its weakest.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** OKLCH as sRGB, for canvases: equal lightness there looks equally light, unlike in HSL. */
function hex(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const digits = linear.map((part) => {
    const light = Math.min(Math.max(part, 0), 1);
    const encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, "0");
  });
  return `#${digits.join("")}`;
}
