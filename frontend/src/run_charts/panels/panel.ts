/** A panel: its title, its menu, its place in the section, and what is drawn in it. */

import { type MenuItem, type MenuItems, openMenu } from "../../runs_table/controls/menu";
import { append, button, element, icon, ICONS } from "../../shared/dom";
import { framed, type PictureKind, save } from "./download";
import type { Drawing, Entry, Size } from "./drawing";
import type { Zoom } from "./settings";
import type { Tone } from "../theme";

const HEIGHT = 210;
const ENLARGED = 420;
const NARROWEST = 320;
/** What a dragged panel is called in the browser's own data. */
const DRAGGED = "application/x-ml-studio-panel";

/** What every panel asks of the charts. */
export interface PanelHost {
  readonly root: HTMLElement;
  tone(): Tone;
  hovered(id: string | null): void;
  hide(panel: string): void;
  enlarge(panel: string): void;
  /** Moves a panel by so many places in its section. */
  move(panel: string, by: number): void;
  /** Puts a panel before another one of its section. */
  moveBefore(panel: string, other: string): void;
}

export abstract class Panel {
  readonly root: HTMLElement;
  protected readonly place = element("div", { class: "plot" });
  protected drawing: Drawing | null = null;
  private readonly heading = element("h3", { dir: "auto" });
  private readonly form = element("div", { class: "form" });
  private readonly note = element("p", { class: "note" });
  private readonly grip: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private readonly enlargeButton: HTMLButtonElement;
  private title = "";
  private isEnlarged = false;
  private readonly observer: ResizeObserver;

  constructor(
    readonly id: string,
    protected readonly host: PanelHost,
  ) {
    this.root = element("figure", { class: "panel", role: "group" });
    this.grip = button(icon(ICONS.grip), () => undefined, { class: "quiet grip", draggable: "true" });
    this.enlargeButton = button(icon(ICONS.enlarge), () => host.enlarge(id), { class: "quiet" });
    this.more = button(icon(ICONS.more), () => openMenu(host.root, this.more, this.menu()), {
      class: "quiet",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    });
    this.form.hidden = true;
    append(this.root, [
      element("header", {}, this.grip, this.heading, this.enlargeButton, this.more),
      this.form,
      this.place,
      this.note,
    ]);
    this.makeMovable();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.place);
  }

  setEnlarged(enlarged: boolean): void {
    this.isEnlarged = enlarged;
    this.root.classList.toggle("enlarged", enlarged);
    this.enlargeButton.replaceChildren(icon(enlarged ? ICONS.reduce : ICONS.enlarge));
    this.name(this.enlargeButton, enlarged ? "Reduce" : "Enlarge");
    this.resize();
  }

  highlight(id: string | null): void {
    this.drawing?.highlight(id);
  }

  /** Takes the range that the charts share, where it has an axis of that kind. */
  abstract showRange(range: Zoom): void;

  destroy(): void {
    this.observer.disconnect();
    this.clear();
    this.root.remove();
  }

  // What a kind of panel says and does.

  /** The lines of a legend, for a file. */
  protected abstract legend(): readonly Entry[];

  /** What can be done with this panel beside what can be done with all. */
  protected abstract own(): readonly MenuItem[];

  /** What the entry that puts a panel away is called. */
  protected abstract readonly away: string;

  protected entitle(title: string): void {
    if (title === this.title) return;
    this.title = title;
    this.heading.textContent = title;
    this.heading.title = title;
    this.root.setAttribute("aria-label", title);
    this.name(this.more, "Menu of");
    this.name(this.enlargeButton, this.isEnlarged ? "Reduce" : "Enlarge");
    this.grip.setAttribute("aria-label", `Move ${title}: arrow keys`);
    this.grip.title = "Drag to another place, or move it by arrow keys";
  }

  protected get size(): Size {
    return {
      width: this.place.clientWidth || NARROWEST,
      height: this.isEnlarged ? ENLARGED : HEIGHT,
    };
  }

  /** Shows what `draw` makes, or a sentence; null is a panel that waits for its data. */
  protected show(draw: (() => Drawing | string) | string | null): void {
    this.clear();
    this.root.classList.remove("empty");
    this.root.classList.toggle("waiting", draw === null);
    const drawn = typeof draw === "function" ? draw() : draw;
    this.drawing = typeof drawn === "string" ? null : drawn;
    this.note.textContent = typeof drawn === "string" ? drawn : (drawn?.note ?? "");
    this.root.classList.toggle("empty", typeof drawn === "string");
  }

  /** Opens a form below the title, or closes it. */
  protected openForm(content: HTMLElement | null): void {
    this.form.replaceChildren(...(content ? [content] : []));
    this.form.hidden = content === null;
    if (content === null) this.more.focus();
    else content.querySelector<HTMLElement>("input, select")?.focus();
  }

  protected get formIsOpen(): boolean {
    return !this.form.hidden;
  }

  private clear(): void {
    this.drawing?.destroy();
    this.drawing = null;
    this.place.replaceChildren();
  }

  private resize(): void {
    if (this.drawing !== null && this.place.clientWidth) this.drawing.resize(this.size);
  }

  private name(target: HTMLButtonElement, verb: string): void {
    target.setAttribute("aria-label", `${verb} ${this.title}`);
    target.title = verb === "Menu of" ? "More" : verb;
  }

  private menu(): MenuItems {
    const picture = (kind: PictureKind) => ({
      label: `Download ${kind.toUpperCase()}`,
      act: () => void this.save(kind),
    });
    return [
      this.own(),
      [
        { label: "Move earlier", act: () => this.moved(-1) },
        { label: "Move later", act: () => this.moved(1) },
      ],
      this.drawing === null ? [] : [picture("svg"), picture("png")],
      [{ label: this.away, act: () => this.host.hide(this.id) }],
    ].filter((group) => group.length);
  }

  private async save(kind: PictureKind): Promise<void> {
    const tone = this.host.tone();
    const drawn = this.drawing?.picture(tone);
    if (drawn) await save(framed(drawn, this.title, this.legend(), tone), this.title, kind);
  }

  private moved(by: number): void {
    this.host.move(this.id, by);
    this.grip.focus();
  }

  private makeMovable(): void {
    this.grip.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.moved(by);
    });
    this.grip.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData(DRAGGED, this.id);
      event.dataTransfer?.setDragImage(this.root, 12, 12);
    });
    this.root.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes(DRAGGED)) return;
      event.preventDefault();
      this.root.classList.add("target");
    });
    for (const end of ["dragleave", "drop"] as const) {
      this.root.addEventListener(end, () => this.root.classList.remove("target"));
    }
    this.root.addEventListener("drop", (event) => {
      const panel = event.dataTransfer?.getData(DRAGGED);
      if (!panel) return;
      event.preventDefault();
      this.host.moveBefore(panel, this.id);
    });
  }
}
