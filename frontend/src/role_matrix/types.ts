/** What Python gives to a matrix of roles (ml_studio/role_matrix.py), and what it gets back. */

/** The roles from the least to the highest; a cell has the first letter of one. */
export const ROLES = ["viewer", "contributor", "maintainer", "owner"] as const;
export type Role = (typeof ROLES)[number];

export const KINDS = ["person", "group"] as const;
export type Kind = (typeof KINDS)[number];

export interface MatrixRow {
  readonly name: string;
  readonly kind: Kind;
  /** What stands beside the name, such as the groups of a person. */
  readonly about: string;
  /** A sign for each project: a capital for a role of one's own, a small letter for one of a group's, a space. */
  readonly cells: string;
}

export interface MatrixProject {
  readonly slug: string;
  readonly name: string;
}

export interface MatrixData {
  readonly rows: readonly MatrixRow[];
  readonly projects: readonly MatrixProject[];
  readonly label: string;
  /** The same text says that these are the same rows and projects, though they were sent again. */
  readonly version: string;
  readonly height: number;
}

/** The cell that somebody chose. */
export interface MatrixCell {
  readonly kind: Kind;
  readonly name: string;
  readonly project: string;
}
