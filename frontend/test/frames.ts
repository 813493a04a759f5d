/** Arrow tables for tests: the part of their interface that the components use. */

import { Frame, type ArrowTable } from "../src/shared/arrow";

export function tableOf(columns: Readonly<Record<string, readonly unknown[]>>): ArrowTable {
  const names = Object.keys(columns);
  return {
    numRows: columns[names[0] ?? ""]?.length ?? 0,
    schema: { fields: names.map((name) => ({ name })) },
    getChild: (name) => {
      const values = columns[name];
      return values ? { length: values.length, get: (at) => values[at] } : null;
    },
  };
}

export function frameOf(columns: Readonly<Record<string, readonly unknown[]>>): Frame {
  return new Frame(tableOf(columns));
}

export function runs(...rows: readonly (readonly [id: string, parent?: string])[]): Frame {
  return frameOf({
    run_id: rows.map(([id]) => id),
    parent_run_id: rows.map(([, parent]) => parent ?? null),
  });
}
