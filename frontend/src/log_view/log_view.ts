/** The newest part of a text file: followed while it grows, searched, wrapped or not. */

import { append, button, element } from "../shared/dom";
import { grouped } from "../shared/numbers";
import { debounced, keepShortcutsInside, type Mounted, type RendererArgs } from "../shared/streamlit";
import { find, type Hit, type Line, linesOf, marked, MOST_HITS } from "./lines";
import type { LogData } from "./types";

const SEARCH_PAUSE = 150;
/** So near to the end somebody reads the end. */
const NEAR = 40;
/** Lines of one block: what is out of sight is not laid out (style.css). */
const BLOCK = 200;

export class LogView implements Mounted<LogData> {
  private args: RendererArgs<LogData>;
  private version: string | null = null;
  private file: string | null = null;
  private text = "";
  private lines: Line[] = [];
  private elements: HTMLElement[] = [];
  private hits: Hit[] = [];
  private at = -1;
  private follows = true;
  /** The height of everything when the view was last put to the end. */
  private tall = 0;
  private readonly sized = new ResizeObserver(() => this.stay());
  private readonly root = element("div", { class: "log-view" });
  private readonly search = element("input", { type: "search", placeholder: "Search this part", "aria-label": "Search the log" });
  private readonly count = element("span", { class: "count", role: "status" });
  private readonly previous = button("Previous", () => this.go(-1), { class: "quiet text" });
  private readonly next = button("Next", () => this.go(1), { class: "quiet text" });
  private readonly wrap = element("input", { type: "checkbox", checked: true });
  private readonly followed = element("input", { type: "checkbox", checked: true });
  private readonly follow = element("label", {}, this.followed, "Follow");
  private readonly earlier = button("Show earlier lines", () => this.askEarlier(), { class: "quiet text" });
  private readonly cut = element("span", { class: "count" });
  private readonly content = element("div", { class: "content" });
  private readonly scroll = element("div", { class: "scroll", role: "region", tabindex: 0 });
  private readonly searched = debounced(SEARCH_PAUSE, () => {
    this.find(true);
  });

  constructor(args: RendererArgs<LogData>, style: string) {
    this.args = args;
    append(this.scroll, [element("div", { class: "before" }, this.earlier, this.cut), this.content]);
    append(this.root, [
      element("style", {}, style),
      element(
        "div",
        { class: "tools", role: "toolbar", "aria-label": "Log" },
        this.search,
        this.previous,
        this.next,
        this.count,
        element("label", {}, this.wrap, "Wrap lines"),
        this.follow,
      ),
      this.scroll,
    ]);
    args.parentElement.append(this.root);
    keepShortcutsInside(this.root);
    this.search.addEventListener("input", this.searched);
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    });
    this.wrap.addEventListener("change", () => {
      this.content.classList.toggle("whole", !this.wrap.checked);
      this.stay();
    });
    this.followed.addEventListener("change", () => {
      this.follows = this.followed.checked;
      this.stay();
    });
    this.scroll.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.sized.observe(this.content);
  }

  update(args: RendererArgs<LogData>): void {
    this.args = args;
    const { data } = args;
    this.scroll.setAttribute("aria-label", data.label);
    this.scroll.style.height = `${data.height}px`;
    this.follow.hidden = !data.live;
    if (this.version === data.version) return;
    this.version = data.version;
    const isOther = this.file !== data.file;
    this.file = data.file;
    this.earlier.hidden = !data.more;
    this.earlier.disabled = false;
    this.cut.textContent = data.before ? `${grouped(data.before)} bytes of the file are before this.` : "";
    // What somebody reads keeps its distance from the end, also where lines came before it.
    const fromEnd = this.scroll.scrollHeight - this.scroll.scrollTop;
    const grew = !isOther && this.text !== "" && data.text.startsWith(this.text);
    const top = this.scroll.scrollTop;
    if (grew) this.extend(data.text);
    else this.draw(data.text);
    if (isOther) this.setFollowing(true);
    this.find(false);
    if (!this.follows && !grew) this.scroll.scrollTop = this.scroll.scrollHeight - fromEnd;
    else if (!this.follows) this.scroll.scrollTop = top;
    this.stay();
  }

  destroy(): void {
    this.searched.cancel();
    this.sized.disconnect();
    this.root.remove();
  }

  // Lines

  private draw(text: string): void {
    this.text = text;
    this.lines = [];
    this.elements = [];
    this.content.replaceChildren();
    this.add(linesOf(text).lines);
    if (!this.lines.length) this.content.append(element("p", { class: "nothing" }, "Nothing was written yet."));
  }

  private extend(text: string): void {
    // The last line may have gone on, and colours last over lines: parsing is cheap, elements are not.
    const { lines } = linesOf(text);
    const kept = Math.max(0, this.lines.length - 1);
    for (const gone of this.elements.splice(kept)) gone.remove();
    this.lines.length = kept;
    this.text = text;
    this.add(lines.slice(kept));
  }

  private add(lines: readonly Line[]): void {
    let block = this.content.lastElementChild;
    for (const line of lines) {
      if (block === null || block.childElementCount >= BLOCK) {
        block = element("div", { class: "block" });
        this.content.append(block);
      }
      const made = element("div", { class: line.cut ? "line cut" : "line" });
      fill(made, line, [], 0, -1);
      this.lines.push(line);
      this.elements.push(made);
      block.append(made);
    }
  }

  private askEarlier(): void {
    this.earlier.disabled = true;
    this.setFollowing(false);
    this.args.setTriggerValue("earlier", this.args.data.before);
  }

  // Where the view is

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    // Lines that come into sight get their true heights: nobody has scrolled then.
    if (this.follows && scrollHeight !== this.tall) {
      this.stay();
      return;
    }
    this.setFollowing(scrollHeight - scrollTop - clientHeight < NEAR);
  }

  private setFollowing(follows: boolean): void {
    this.follows = follows;
    this.followed.checked = follows;
  }

  private stay(): void {
    if (!this.follows) return;
    this.tall = this.scroll.scrollHeight;
    this.scroll.scrollTop = this.tall;
  }

  // Search

  private find(goes: boolean): void {
    const before = new Set(this.hits.map((hit) => hit.line));
    const wanted = this.search.value;
    this.hits = find(this.lines, wanted);
    if (goes) this.at = this.hits.length - 1;
    else this.at = Math.min(this.at, this.hits.length - 1);
    const after = new Set(this.hits.map((hit) => hit.line));
    this.mark(new Set([...before, ...after]));
    this.showCount();
    if (goes && this.hits.length) this.show();
  }

  private go(way: 1 | -1): void {
    const all = this.hits.length;
    if (!all) return;
    const left = this.hits[this.at]?.line;
    this.at = (this.at + way + all) % all;
    const entered = this.hits[this.at]?.line;
    this.mark(new Set([left, entered].filter((line) => line !== undefined)));
    this.showCount();
    this.show();
  }

  private mark(lines: ReadonlySet<number>): void {
    const own = new Map<number, { hits: Hit[]; first: number }>();
    for (const [number, hit] of this.hits.entries()) {
      if (!lines.has(hit.line)) continue;
      const there = own.get(hit.line);
      if (there) there.hits.push(hit);
      else own.set(hit.line, { hits: [hit], first: number });
    }
    for (const at of lines) {
      const line = this.lines[at];
      const made = this.elements[at];
      const found = own.get(at);
      if (line && made) fill(made, line, found?.hits ?? [], found?.first ?? 0, this.at);
    }
  }

  private show(): void {
    const hit = this.hits[this.at];
    const made = hit && this.elements[hit.line];
    if (!made) return;
    this.setFollowing(false);
    (made.querySelector(".current") ?? made).scrollIntoView({ block: "center", inline: "nearest" });
  }

  private showCount(): void {
    const all = this.hits.length;
    const many = all >= MOST_HITS ? `${grouped(all)} or more` : grouped(all);
    this.count.textContent = !this.search.value ? "" : all ? `${grouped(this.at + 1)} of ${many}` : "Not in this part";
    this.previous.hidden = this.next.hidden = !all;
  }
}

function fill(made: HTMLElement, line: Line, hits: readonly Hit[], first: number, current: number): void {
  const pieces = marked(line, hits, first).map(({ text, style, hit }) => {
    if (hit < 0) return style ? element("span", { class: style }, text) : text;
    return element("mark", { class: `${style}${hit === current ? " current" : ""}`.trim() || null }, text);
  });
  // An empty line has the height of a line.
  made.replaceChildren(...(pieces.length ? pieces : ["\u200b"]));
}
