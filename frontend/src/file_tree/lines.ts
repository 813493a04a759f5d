/** Which lines of the tree are seen, and where a key leads from one of them. */

import type { FileRow } from "./types";

/** The rows that no folded folder hides; those of a folder follow it directly. */
export function visible(rows: readonly FileRow[], folded: ReadonlySet<string>): FileRow[] {
  const seen: FileRow[] = [];
  let hidden = Infinity;
  for (const row of rows) {
    if (row.depth > hidden) continue;
    hidden = row.kind === "folder" && folded.has(row.path) ? row.depth : Infinity;
    seen.push(row);
  }
  return seen;
}

/** What tells a line apart: a folder's own line from the one that offers more of it. */
export function keyOf(row: FileRow): string {
  return `${row.kind === "more" || row.kind === "note" ? row.kind : "entry"}:${row.path}`;
}

/** The line of the folder that holds this one, -1 for one at the top. */
export function parentOf(rows: readonly FileRow[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  for (let above = at - 1; above >= 0; above -= 1) {
    if ((rows[above]?.depth ?? 0) < depth) return above;
  }
  return -1;
}

/** The address of a zip of the ticked files and folders, of everything where none is ticked. */
export function zipOf(base: string, ticked: Iterable<string>): string {
  return base + [...ticked].map((path) => `&path=${encodeURIComponent(path)}`).join("");
}
