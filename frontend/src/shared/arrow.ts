/**
 * The part of Apache Arrow's tables that is used here.
 *
 * Streamlit hands over tables of its own copy of the library, so nothing is imported: a second copy
 * would weigh 200 KB and not recognise the first one's classes.
 */

export interface ArrowVector {
  readonly length: number;
  get(index: number): unknown;
}

export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChild(name: string): ArrowVector | null;
}

/** A value of a table: null where there is none, which is not NaN. */
export type Value = string | number | bigint | boolean | null;

export interface Column {
  readonly length: number;
  at(row: number): Value;
}

/** The columns of a table by name. Whatever is no plain value is given as its text. */
export class Frame {
  readonly length: number;
  readonly names: readonly string[];
  private readonly columns = new Map<string, Column>();

  constructor(
    private readonly table: ArrowTable,
    private readonly base?: Frame,
    private readonly newer?: { readonly frame: Frame; readonly rows: ReadonlyMap<number, number> },
  ) {
    this.length = table.numRows;
    this.names = table.schema.fields.map((field) => field.name);
  }

  /**
   * The same rows and columns, with what a newer frame says of the rows that it has too.
   *
   * `key` is the column by which a row is the same. What was read of this frame is not read again.
   */
  renewed(newer: Frame, key: string): Frame {
    const places = new Map<string, number>();
    for (let row = 0; row < newer.length; row++) places.set(newer.text(key, row), row);
    const rows = new Map<number, number>();
    for (let row = 0; row < this.length; row++) {
      const place = places.get(this.text(key, row));
      if (place !== undefined) rows.set(row, place);
    }
    return new Frame(this.table, this, { frame: newer, rows });
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  column(name: string): Column {
    let column = this.columns.get(name);
    if (column === undefined) {
      column = this.base
        ? this.renewedColumn(name, this.base.column(name))
        : read(this.table.getChild(name), this.length);
      this.columns.set(name, column);
    }
    return column;
  }

  private renewedColumn(name: string, base: Column): Column {
    const { newer } = this;
    if (!newer?.frame.has(name)) return base;
    const values = newer.frame.column(name);
    return {
      length: base.length,
      at: (row) => {
        const place = newer.rows.get(row);
        return place === undefined ? base.at(row) : values.at(place);
      },
    };
  }

  text(name: string, row: number): string {
    const value = this.column(name).at(row);
    return value === null ? "" : String(value);
  }

  number(name: string, row: number): number | null {
    const value = this.column(name).at(row);
    return value === null ? null : Number(value);
  }
}

function read(vector: ArrowVector | null, length: number): Column {
  // Arrow looks for the chunk of each value: read once, sorting then costs no more than an array.
  const values: Value[] = new Array<Value>(length).fill(null);
  if (vector !== null) {
    for (let row = 0; row < length; row++) values[row] = plain(vector.get(row));
  }
  return { length, at: (row) => values[row] ?? null };
}

function plain(value: unknown): Value {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return value;
    case "undefined":
      return null;
    default:
      return value === null ? null : JSON.stringify(value);
  }
}
