/** AG Grid as the table uses it: which modules, which theme, which column definitions. */

import {
  CellApiModule,
  ClientSideRowModelModule,
  type ColDef,
  type ColGroupDef,
  ColumnApiModule,
  ColumnAutoSizeModule,
  EventApiModule,
  type GridOptions,
  type ICellRendererParams,
  type IHeaderComp,
  ModuleRegistry,
  PinnedRowModule,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
  themeQuartz,
  type ValueGetterParams,
} from "ag-grid-community";
import type { Value } from "../shared/arrow";
import type { Row } from "./rows";
import { type ColumnSpec, GROUP_NAMES, type Kind } from "./types";

ModuleRegistry.registerModules([
  CellApiModule,
  ClientSideRowModelModule,
  ColumnApiModule,
  ColumnAutoSizeModule,
  EventApiModule,
  PinnedRowModule,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
]);

export const ROW_HEIGHT = 34;
export const HEADER_HEIGHT = 34;
export const GROUP_HEIGHT = 28;
export const TICK = "tick";

/** Streamlit sets these variables, in light and dark; the grid follows them without being drawn anew. */
const theme = themeQuartz.withParams({
  fontFamily: "var(--st-font)",
  fontSize: "13px",
  backgroundColor: "var(--st-background-color)",
  foregroundColor: "var(--st-text-color)",
  accentColor: "var(--st-primary-color)",
  borderColor: "var(--st-dataframe-border-color, var(--st-border-color))",
  headerBackgroundColor: "var(--st-dataframe-header-background-color, transparent)",
  headerTextColor: "var(--st-text-color)",
  headerFontWeight: 600,
  rowHoverColor: "color-mix(in srgb, var(--st-primary-color) 7%, transparent)",
  pinnedRowBackgroundColor: "color-mix(in srgb, var(--st-primary-color) 6%, var(--st-background-color))",
  pinnedRowFontWeight: 400,
  wrapperBorderRadius: "var(--st-base-radius)",
  headerColumnResizeHandleColor: "var(--st-border-color)",
  cellHorizontalPadding: "10px",
  spacing: "6px",
});

const WIDTHS: Readonly<Record<Kind, number>> = {
  name: 280,
  text: 80,
  number: 130,
  status: 116,
  time: 158,
  duration: 112,
  count: 84,
};

/** A mean and its deviation, or an interval. */
const MEAN = 210;

/** About the width of a letter. */
const SIGN = 7.2;
const WIDEST_TEXT = 240;
/** Beside its letters a header has padding, the sign of its order and the button of its menu. */
const HEADER_ROOM = 60;

/** On a phone the name leaves room for the columns beside it. */
const NARROW = 480;
const NARROW_NAME = 168;

export function baseOptions(): GridOptions<Row> {
  return {
    theme,
    rowHeight: ROW_HEIGHT,
    headerHeight: HEADER_HEIGHT,
    groupHeaderHeight: GROUP_HEIGHT,
    animateRows: false,
    suppressColumnMoveAnimation: true,
    maintainColumnOrder: true,
    suppressDragLeaveHidesColumns: true,
    // A screen reader reads rows in the order of the page.
    ensureDomOrder: true,
    getRowId: (params) => params.data.id,
    // Tab leaves the grid: its cells are walked through with the arrow keys.
    tabToNextCell: () => false,
    defaultColDef: { sortable: false, resizable: true, minWidth: 56 },
  };
}

/** AG Grid has `any` for these. */
export interface Drawers {
  readonly cell: (params: ICellRendererParams<Row>) => HTMLElement;
  readonly tick: (params: ICellRendererParams<Row>) => HTMLElement;
  readonly value: (params: ValueGetterParams<Row>) => Value;
  readonly header: new () => IHeaderComp;
  readonly tickHeader: new () => IHeaderComp;
}

/** The definitions of all columns in the order of the view, in header groups of neighbours. */
export function columnDefinitions(
  columns: readonly ColumnSpec[],
  drawers: Drawers,
  look: {
    width(id: string): number | undefined;
    pinned(column: ColumnSpec): boolean;
    shown(id: string): boolean;
    /** How many signs the longest value of a column has, roughly. */
    longest(column: ColumnSpec): number;
    available: number;
    grouped: boolean;
  },
): (ColDef<Row> | ColGroupDef<Row>)[] {
  const tick: ColDef<Row> = {
    colId: TICK,
    headerName: "Tick",
    headerComponent: drawers.tickHeader,
    cellRenderer: drawers.tick,
    width: 42,
    minWidth: 42,
    resizable: false,
    suppressMovable: true,
    lockPosition: "left",
    pinned: "left",
    lockPinned: true,
  };
  const definitions: (ColDef<Row> | ColGroupDef<Row>)[] = [tick];
  let group = "";
  let children: ColDef<Row>[] = [];
  for (const column of columns) {
    const definition: ColDef<Row> = {
      colId: column.id,
      headerName: column.label,
      headerComponent: drawers.header,
      cellRenderer: drawers.cell,
      valueGetter: drawers.value,
      width: look.width(column.id) ?? defaultWidth(column, look),
      hide: !look.shown(column.id),
      pinned: look.pinned(column) ? "left" : null,
      lockPinned: column.kind === "name",
    };
    const of = GROUP_NAMES[column.group];
    if (group === of) children.push(definition);
    else {
      group = of;
      children = [definition];
      definitions.push({ headerName: of, children, marryChildren: false });
    }
  }
  return definitions;
}

function defaultWidth(
  column: ColumnSpec,
  look: { available: number; grouped: boolean; longest(column: ColumnSpec): number },
): number {
  if (column.kind === "name") return look.available < NARROW ? NARROW_NAME : WIDTHS.name;
  if (column.kind === "number" && look.grouped) return MEAN;
  // A header has to be read: as wide as its letters, within reason.
  const label = Math.min(column.label.length * SIGN + HEADER_ROOM, 230);
  const content =
    column.kind === "text"
      ? Math.min(look.longest(column) * SIGN + 26, WIDEST_TEXT)
      : WIDTHS[column.kind];
  return Math.round(Math.max(content, label));
}
