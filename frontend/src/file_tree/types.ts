/** What Python gives to the tree of files, and what it is told (ml_studio/file_tree.py). */

export type RowKind = "folder" | "file" | "more" | "note";

/** A line of the tree, in the order in which they stand. */
export interface FileRow {
  /** Where it is; of a line that offers `more`, or says something, the folder that it is about. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly kind: RowKind;
  /** Whether the lines of this folder follow. */
  readonly listed: boolean;
  /** The size of a file as it is shown, how many a folder has. */
  readonly detail: string;
}

export interface FileTreeData {
  readonly rows: readonly FileRow[];
  readonly label: string;
  /** The path of the file that is looked at. */
  readonly chosen: string;
  /** The letters that the rows were searched for. */
  readonly search: string;
  /** What a screen reader is told of them: how many there are. */
  readonly status: string;
  /** The address of a zip of everything; `&path=` is added for each ticked row. */
  readonly zip: string;
  readonly height: number;
}
