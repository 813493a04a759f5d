/**
 * Who has which role where: rows of people and groups, a column for each project, heads that stay.
 *
 * A table of 300 by 60 is drawn whole: 18,000 cells without a listener of their own take a browser a
 * tenth of a second, and a search of the page finds every name.
 */

import { element } from "../shared/dom";
import { keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { ROLES, type MatrixCell, type MatrixData, type MatrixProject, type MatrixRow, type Role } from "./types";

/** Where an arrow leads: rows down, columns right. */
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};

export class RoleMatrix implements Mounted<MatrixData> {
  private args: RendererArgs<MatrixData>;
  private version: string | null = null;
  private cells: HTMLTableCellElement[][] = [];
  private heads: HTMLTableCellElement[] = [];
  private focused: HTMLTableCellElement | null = null;
  private chosen: HTMLTableCellElement | null = null;
  private pointed: HTMLTableCellElement | null = null;
  private readonly root = element("div", { class: "role-matrix" });
  private readonly frame = element("div", { class: "frame" });

  constructor(args: RendererArgs<MatrixData>, style: string) {
    this.args = args;
    this.root.append(element("style", {}, style), legend(), this.frame);
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.frame.addEventListener("click", (event) => this.choose(cellOf(event)));
    this.frame.addEventListener("keydown", (event) => this.press(event));
    this.frame.addEventListener("pointerover", (event) => this.point(cellOf(event)));
    this.frame.addEventListener("pointerleave", () => this.point(null));
  }

  update(args: RendererArgs<MatrixData>): void {
    this.args = args;
    if (this.version === args.data.version) return;
    this.version = args.data.version;
    this.draw(args.data);
  }

  destroy(): void {
    this.root.remove();
  }

  private draw({ rows, projects, label, height }: MatrixData): void {
    this.heads = projects.map((project) =>
      element("th", { scope: "col", title: project.name }, element("span", {}, project.name)),
    );
    this.cells = rows.map((row, place) => projects.map((project, at) => cell(row, project, place, at)));
    this.focused = this.chosen = this.pointed = null;
    const corner = element("th", { scope: "col", class: "corner" }, "Name");
    const body = rows.map((row, place) => element("tr", {}, headOf(row), ...(this.cells[place] ?? [])));
    const table = element(
      "table",
      { role: "grid", "aria-label": label },
      element("thead", {}, element("tr", {}, corner, ...this.heads)),
      element("tbody", {}, ...body),
    );
    this.frame.style.maxHeight = `${height}px`;
    this.frame.replaceChildren(table);
    this.focus(this.cells[0]?.[0] ?? null, false);
  }

  private choose(cell: HTMLTableCellElement | null): void {
    if (cell === null) return;
    const [row, column] = placeOf(cell);
    const { rows, projects } = this.args.data;
    const [whose, project] = [rows[row], projects[column]];
    if (!whose || !project) return;
    this.chosen?.removeAttribute("aria-selected");
    this.chosen = cell;
    cell.setAttribute("aria-selected", "true");
    this.focus(cell, true);
    const chosen: MatrixCell = { kind: whose.kind, name: whose.name, project: project.slug };
    this.args.setStateValue("chosen", chosen);
  }

  private press(event: KeyboardEvent): void {
    const cell = cellOf(event);
    if (cell === null) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(cell);
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [row, column] = placeOf(cell);
    this.focus(this.cells[row + step[0]]?.[column + step[1]] ?? null, true);
  }

  /** One cell is reached by the tab key, the others from there by arrows. */
  private focus(cell: HTMLTableCellElement | null, now: boolean): void {
    if (cell === null) return;
    this.focused?.removeAttribute("tabindex");
    this.focused = cell;
    cell.setAttribute("tabindex", "0");
    if (now) cell.focus();
  }

  private point(cell: HTMLTableCellElement | null): void {
    const head = cell === null ? null : (this.heads[placeOf(cell)[1]] ?? null);
    if (head === this.pointed) return;
    this.pointed?.classList.remove("pointed");
    head?.classList.add("pointed");
    this.pointed = head;
  }
}

/** The role of a sign, and whether it comes through a group; null for none. */
export function roleOf(sign: string): { readonly role: Role; readonly through: boolean } | null {
  const role = ROLES.find((name) => name.startsWith(sign.toLowerCase()));
  return role && sign.trim() ? { role, through: sign !== sign.toUpperCase() } : null;
}

export function cell(row: MatrixRow, project: MatrixProject, place: number, at: number): HTMLTableCellElement {
  const made = element("td", { role: "gridcell", "data-at": `${place} ${at}` });
  const found = roleOf(row.cells.charAt(at));
  if (found === null) return made;
  const { role, through } = found;
  made.title = `${row.name}: ${role} in ${project.name}${through ? ", through a group" : ""}`;
  made.append(element("span", { class: through ? `${role} through` : role }, role.charAt(0).toUpperCase()));
  return made;
}

function headOf({ name, kind, about }: MatrixRow): HTMLElement {
  const of = kind === "group" ? "group" : about;
  const more = of ? element("span", { class: "about", title: of }, of) : null;
  return element("th", { scope: "row", class: kind, title: name }, element("span", { class: "name" }, name), more);
}

function legend(): HTMLElement {
  const roles = [...ROLES].reverse().map((role) => {
    const letter = element("span", { class: role }, role.charAt(0).toUpperCase());
    return element("span", { class: "entry" }, letter, role);
  });
  const through = element("span", { class: "viewer through" }, "V");
  return element("div", { class: "legend" }, ...roles, element("span", { class: "entry" }, through, "through a group"));
}

function cellOf(event: Event): HTMLTableCellElement | null {
  const { target } = event;
  return target instanceof Element ? target.closest("td") : null;
}

function placeOf(cell: HTMLTableCellElement): readonly [number, number] {
  const [row, column] = (cell.dataset.at ?? "").split(" ").map(Number);
  return [row ?? -1, column ?? -1];
}
