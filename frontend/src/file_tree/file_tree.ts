/**
 * The files of a run or a model as a tree: folders open in place, files are searched, chosen, ticked.
 *
 * A folder that Python has listed opens and closes without a round trip; any other is asked for.
 */

import { button, element } from "../shared/dom";
import { grouped } from "../shared/numbers";
import { debounced, keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { spanOf } from "../shared/window";
import { keyOf, parentOf, visible, zipOf } from "./lines";
import { ROW_HEIGHT, rowElement } from "./row";
import type { FileRow, FileTreeData } from "./types";

const SEARCH_PAUSE = 300;
/** Their paths have to fit into the address of the download. */
const MOST_TICKED = 100;
const LONGEST_ADDRESS = 6_000;

let instances = 0;

export class FileTree implements Mounted<FileTreeData> {
  private readonly prefix = `files-${(instances += 1)}`;
  private data: FileTreeData | null = null;
  private tell: (name: string, value: unknown) => void = () => undefined;
  private seen: FileRow[] = [];
  private readonly folded = new Set<string>();
  private readonly ticked = new Set<string>();
  private active = "";
  private readonly root = element("div", { class: "file-tree" });
  private readonly search = element("input", {
    type: "search",
    placeholder: "Search the listed names",
    "aria-label": "Search the listed names",
  });
  private readonly status = element("span", { class: "status", role: "status" });
  private readonly zip = element("a", { class: "quiet", target: "_blank", rel: "noopener" });
  private readonly clear = button("Clear", () => this.untick(), { class: "quiet" });
  private readonly rows = element("div", { class: "rows", role: "tree", tabindex: 0, "aria-multiselectable": "true" });
  private readonly scroll = element("div", { class: "scroll" }, this.rows);
  private readonly searched = debounced(SEARCH_PAUSE, () => {
    this.tell("search", this.search.value.trim());
  });
  private readonly sized: ResizeObserver;

  constructor(args: RendererArgs<FileTreeData>, style: string) {
    this.root.append(
      element("style", {}, style),
      element(
        "div",
        { class: "top" },
        this.search,
        button("Refresh", () => this.tell("refresh", true), { class: "quiet", title: "List the files again" }),
      ),
      this.scroll,
      element("div", { class: "foot" }, this.status, this.clear, this.zip),
    );
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.search.addEventListener("input", this.searched);
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.rows.focus();
    });
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    this.rows.addEventListener("click", (event) => this.clicked(event));
    this.rows.addEventListener("keydown", (event) => this.pressed(event));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.scroll);
  }

  update(args: RendererArgs<FileTreeData>): void {
    const { data } = args;
    const before = this.data;
    this.data = data;
    this.tell = (name, value) => args.setTriggerValue(name, value);
    this.rows.setAttribute("aria-label", data.label);
    this.scroll.style.maxHeight = `${data.height}px`;
    this.status.textContent = data.status;
    if (before?.zip !== data.zip) this.ticked.clear();
    // Later it is what somebody types, who is ahead of the answers.
    if (before === null) this.search.value = data.search;
    if (before?.chosen !== data.chosen && data.chosen) this.reveal(data);
    this.drawFoot();
    this.arrange();
    if (before?.chosen !== data.chosen && data.chosen) this.show(this.active);
  }

  destroy(): void {
    this.searched.cancel();
    this.sized.disconnect();
    this.root.remove();
  }

  /** Has the line of the chosen file be the active one, and no folder above it folded. */
  private reveal(data: FileTreeData): void {
    const chosen = data.rows.find((row) => row.kind === "file" && row.path === data.chosen);
    if (!chosen) return;
    this.active = keyOf(chosen);
    for (const path of this.folded) {
      if (data.chosen.startsWith(`${path}/`)) this.folded.delete(path);
    }
  }

  private arrange(): void {
    this.seen = visible(this.data?.rows ?? [], this.folded);
    this.rows.style.height = `${this.seen.length * ROW_HEIGHT}px`;
    this.draw();
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.scroll;
    const { first, end } = spanOf(scrollTop, clientHeight || 600, ROW_HEIGHT, this.seen.length);
    const drawn = this.seen.slice(first, end).map((row, at) =>
      rowElement(row, {
        id: `${this.prefix}-${first + at}`,
        at: first + at,
        active: keyOf(row) === this.active,
        chosen: row.kind === "file" && row.path === this.data?.chosen,
        open: row.listed && !this.folded.has(row.path),
        ticked: this.ticked.has(row.path),
      }),
    );
    this.rows.replaceChildren(...drawn);
    const active = drawn.find((one) => one.classList.contains("active"));
    if (active) this.rows.setAttribute("aria-activedescendant", active.id);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  private drawFoot(): void {
    const { zip } = this.data ?? { zip: "" };
    const count = this.ticked.size;
    this.root.classList.toggle("no-zip", !zip);
    this.zip.hidden = !zip;
    this.clear.hidden = !count;
    this.zip.textContent = count ? `Download ${grouped(count)} as zip` : "Download all as zip";
    this.zip.href = zipOf(zip, this.ticked);
  }

  private show(key: string): void {
    const at = this.seen.findIndex((row) => keyOf(row) === key);
    if (at < 0) return;
    const top = at * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.scroll;
    if (top < scrollTop) this.scroll.scrollTop = top;
    else if (top + ROW_HEIGHT > scrollTop + clientHeight) {
      this.scroll.scrollTop = top + ROW_HEIGHT - clientHeight;
    }
  }

  // What a person does

  private clicked(event: MouseEvent): void {
    const target = event.composedPath().filter((one): one is HTMLElement => one instanceof HTMLElement);
    const at = target.find((one) => one.classList.contains("row"))?.dataset.at;
    const row = at === undefined ? undefined : this.seen[Number(at)];
    if (!row) return;
    this.active = keyOf(row);
    if (target.some((one) => one.classList.contains("box"))) this.tick(row);
    else this.act(row);
    this.draw();
  }

  /** The keys of a tree, as ARIA's authoring practices have them; the space bar ticks. */
  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.seen.findIndex((row) => keyOf(row) === this.active);
    const act = this.actionOf(event.key, at, this.seen[at]);
    if (!act) return;
    event.preventDefault();
    act();
  }

  private actionOf(key: string, at: number, row: FileRow | undefined): (() => void) | null {
    const go = (to: number) => () => {
      const wanted = this.seen[Math.max(0, Math.min(to, this.seen.length - 1))];
      if (!wanted) return;
      this.active = keyOf(wanted);
      this.show(this.active);
      this.draw();
    };
    if (key === "ArrowDown") return go(at + 1);
    if (key === "ArrowUp") return go(at - 1);
    if (key === "Home") return go(0);
    if (key === "End") return go(this.seen.length - 1);
    if (!row) return null;
    const open = row.kind === "folder" && row.listed && !this.folded.has(row.path);
    if (key === "Enter") return () => this.act(row);
    if (key === " ") return () => this.tick(row);
    if (key === "ArrowRight" && row.kind === "folder") return open ? go(at + 1) : () => this.act(row);
    if (key === "ArrowLeft") {
      if (open) return () => this.act(row);
      const parent = parentOf(this.seen, at);
      return parent < 0 ? null : go(parent);
    }
    return null;
  }

  private act(row: FileRow): void {
    if (row.kind === "file") this.tell("choose", row.path);
    else if (row.kind === "more") this.tell("more", row.path);
    else if (row.kind === "folder" && row.listed) this.fold(row.path);
    else if (row.kind === "folder") this.tell("open", row.path);
  }

  private fold(path: string): void {
    if (!this.folded.delete(path)) this.folded.add(path);
    this.arrange();
  }

  private tick(row: FileRow): void {
    if (!this.data?.zip || (row.kind !== "file" && row.kind !== "folder")) return;
    if (!this.ticked.delete(row.path)) {
      this.ticked.add(row.path);
      const long = zipOf(this.data.zip, this.ticked).length > LONGEST_ADDRESS;
      if (long || this.ticked.size > MOST_TICKED) {
        this.ticked.delete(row.path);
        this.status.textContent = "No more fit into one download: tick a folder instead.";
      }
    }
    this.drawFoot();
    this.draw();
  }

  private untick(): void {
    this.ticked.clear();
    this.drawFoot();
    this.draw();
  }
}
