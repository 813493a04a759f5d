import { describe, expect, it } from "vitest";
import { cell, roleOf, RoleMatrix } from "../src/role_matrix/role_matrix";
import type { MatrixData } from "../src/role_matrix/types";

const HOSTILE = "<img src=x onerror=alert(1)>";

const data: MatrixData = {
  rows: [
    { name: "alice", kind: "person", about: "team", cells: "O " },
    { name: HOSTILE, kind: "group", about: "", cells: " v" },
  ],
  projects: [
    { slug: "fraud", name: "Fraud detection" },
    { slug: "vault", name: "Vault" },
  ],
  label: "Roles",
  version: "1",
  height: 400,
};

function mounted(): { place: HTMLElement; chosen: unknown[]; update: (data: MatrixData) => void } {
  const place = document.createElement("div");
  document.body.append(place);
  const chosen: unknown[] = [];
  const args = (given: MatrixData) => ({
    data: given,
    parentElement: place,
    setStateValue: (_name: string, value: unknown) => void chosen.push(value),
    setTriggerValue: () => undefined,
  });
  const matrix = new RoleMatrix(args(data), "");
  matrix.update(args(data));
  return { place, chosen, update: (given) => matrix.update(args(given)) };
}

describe("a sign of the matrix", () => {
  it("is a role of one's own, a role through a group, or nothing", () => {
    expect(roleOf("O")).toEqual({ role: "owner", through: false });
    expect(roleOf("v")).toEqual({ role: "viewer", through: true });
    expect([roleOf(" "), roleOf("")]).toEqual([null, null]);
  });

  it("is a letter that says whose role it is, and an empty cell is empty", () => {
    const [row] = data.rows;
    const [fraud, vault] = data.projects;
    if (!row || !fraud || !vault) throw new Error("there is no row");
    expect(cell(row, fraud, 0, 0).textContent).toBe("O");
    expect(cell(row, fraud, 0, 0).title).toBe("alice: owner in Fraud detection");
    expect(cell(row, vault, 0, 1).childNodes.length).toBe(0);
  });
});

describe("the matrix", () => {
  it("has a head for each row and column, and names are text", () => {
    const { place } = mounted();
    expect([...place.querySelectorAll("thead th")].map((head) => head.textContent)).toEqual([
      "Name",
      "Fraud detection",
      "Vault",
    ]);
    expect(place.querySelectorAll("tbody th")[1]?.textContent).toBe(`${HOSTILE}group`);
    expect(place.querySelector("img")).toBeNull();
  });

  it("tells which cell was chosen, also an empty one, by pointer and by key", () => {
    const { place, chosen } = mounted();
    const cells = place.querySelectorAll("td");
    cells[1]?.click();
    expect(chosen).toEqual([{ kind: "person", name: "alice", project: "vault" }]);
    const down = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true });
    cells[1]?.dispatchEvent(down);
    expect(cells[3]?.getAttribute("tabindex")).toBe("0");
    expect(cells[1]?.getAttribute("tabindex")).toBeNull();
    cells[3]?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    expect(chosen[1]).toEqual({ kind: "group", name: HOSTILE, project: "vault" });
  });

  it("stays as it is when the same rows are sent again", () => {
    const { place, update } = mounted();
    const before = place.querySelector("td");
    update({ ...data, rows: [] });
    expect(place.querySelector("td")).toBe(before);
    update({ ...data, version: "2", rows: [] });
    expect(place.querySelector("td")).toBeNull();
  });
});
