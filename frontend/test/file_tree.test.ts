import { describe, expect, it, vi } from "vitest";
import { FileTree } from "../src/file_tree/file_tree";
import { keyOf, parentOf, visible, zipOf } from "../src/file_tree/lines";
import type { FileRow, FileTreeData } from "../src/file_tree/types";

function row(path: string, given: Partial<FileRow> = {}): FileRow {
  const parts = path.split("/");
  return { path, name: parts.at(-1) ?? "", depth: parts.length - 1, kind: "file", listed: false, detail: "", ...given };
}

const folder = (path: string, listed = true) => row(path, { kind: "folder", listed });
const ROWS = [folder("a"), folder("a/b"), row("a/b/c.txt"), row("a/d.txt"), folder("e", false), row("f.txt")];

describe("lines of the tree", () => {
  it("are hidden with all below them where a folder is folded", () => {
    const paths = (...folded: string[]) => visible(ROWS, new Set(folded)).map(({ path }) => path).join(" ");
    expect(paths()).toBe("a a/b a/b/c.txt a/d.txt e f.txt");
    expect(paths("a/b")).toBe("a a/b a/d.txt e f.txt");
    expect(paths("a", "a/b")).toBe("a e f.txt");
  });

  it("know the folder that they are in", () => {
    expect([2, 3, 0, 5].map((at) => parentOf(ROWS, at))).toEqual([1, 0, -1, -1]);
  });

  it("are told apart from what is said about their folder", () => {
    expect(keyOf(folder("a"))).not.toBe(keyOf(row("a", { kind: "more" })));
  });

  it("go into the address of a download as they are, whatever they are called", () => {
    expect(zipOf("/z?run=1", ["a b&path=c", "50%.txt", "<é>"])).toBe(
      "/z?run=1&path=a%20b%26path%3Dc&path=50%25.txt&path=%3C%C3%A9%3E",
    );
  });
});

function mounted(given: Partial<FileTreeData> = {}) {
  const told = vi.fn();
  const parentElement = document.createElement("div");
  document.body.append(parentElement);
  const data: FileTreeData = {
    rows: ROWS, label: "Files", chosen: "", search: "", status: "", zip: "/z?run=1", height: 400, ...given,
  };
  const args = { data, parentElement, setStateValue: vi.fn(), setTriggerValue: told };
  const tree = new FileTree(args, "");
  tree.update(args);
  const items = () => [...parentElement.querySelectorAll<HTMLElement>("[role=treeitem]")];
  const find = (name: string) => items().find((one) => one.textContent === name);
  const list = parentElement.querySelector<HTMLElement>("[role=tree]");
  const press = (key: string) => list?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const link = () => parentElement.querySelector("a")?.getAttribute("href");
  return { told, items, find, press, link, parentElement, tree, args };
}

describe("a person", () => {
  it("opens and closes a listed folder without a question, and has another one listed", () => {
    const { told, items, find } = mounted();
    find("b")?.click();
    expect(items()).toHaveLength(5);
    expect(told).not.toHaveBeenCalled();
    find("e")?.click();
    expect(told).toHaveBeenCalledWith("open", "e");
  });

  it("goes through the tree by the keyboard alone", () => {
    const { told, items, press, link } = mounted();
    press("ArrowDown");
    press("ArrowLeft");
    expect(items()).toHaveLength(3);
    press("ArrowRight");
    press("End");
    press("Enter");
    expect(told).toHaveBeenLastCalledWith("choose", "f.txt");
    press(" ");
    expect(link()).toBe("/z?run=1&path=f.txt");
  });

  it("ticks what a zip shall hold, and takes it back", () => {
    const { find, link, told } = mounted();
    find("d.txt")?.querySelector<HTMLElement>(".box")?.click();
    expect(link()).toBe("/z?run=1&path=a%2Fd.txt");
    find("d.txt")?.querySelector<HTMLElement>(".box")?.click();
    expect(link()).toBe("/z?run=1");
    expect(told).not.toHaveBeenCalled();
  });

  it("sees a name as text, whatever signs are in it", () => {
    const { parentElement } = mounted({ rows: [row("<img src=x onerror=alert(1)>")] });
    expect(parentElement.querySelector("img")).toBeNull();
    expect(parentElement.textContent).toContain("<img src=x onerror=alert(1)>");
  });

  it("sees the file of the address although its folder was folded", () => {
    const { find, items, tree, args } = mounted();
    find("a")?.click();
    expect(items()).toHaveLength(3);
    tree.update({ ...args, data: { ...args.data, chosen: "a/b/c.txt" } });
    expect(find("c.txt")?.getAttribute("aria-selected")).toBe("true");
  });
});
