/** A small menu below a button: arrow keys, Escape, and a click elsewhere closes it. */

import { button, element } from "../../shared/dom";

export interface MenuItem {
  readonly label: string;
  readonly checked?: boolean;
  readonly act: () => void;
}

/** Groups of items, with a line between two of them. */
export type MenuItems = readonly (readonly MenuItem[])[];

let closeOpen: (() => void) | null = null;

export function openMenu(root: HTMLElement, anchor: HTMLElement, items: MenuItems): void {
  closeOpen?.();
  const menu = element("div", { class: "menu", role: "menu" });
  const entries: HTMLButtonElement[] = [];
  const close = (refocus: boolean) => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (anchor.hasAttribute("aria-haspopup")) anchor.setAttribute("aria-expanded", "false");
    closeOpen = null;
    if (refocus) anchor.focus();
  };
  const outside = (event: Event) => {
    if (!event.composedPath().includes(menu)) close(false);
  };
  items.forEach((group, place) => {
    if (place) menu.append(element("div", { role: "separator", class: "line" }));
    for (const item of group) {
      const entry = button(
        item.label,
        () => {
          close(true);
          item.act();
        },
        {
          role: item.checked === undefined ? "menuitem" : "menuitemradio",
          "aria-checked": item.checked === undefined ? null : String(item.checked),
          tabindex: -1,
        },
      );
      entries.push(entry);
      menu.append(entry);
    }
  });
  menu.addEventListener("keydown", (event) => {
    const at = entries.indexOf((menu.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) entries.at((at + step) % entries.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.append(menu);
  place(menu, root, anchor);
  if (anchor.hasAttribute("aria-haspopup")) anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  closeOpen = () => close(false);
  entries[0]?.focus();
}

/** Puts the menu below its button, inside the component however narrow that is. */
function place(menu: HTMLElement, root: HTMLElement, anchor: HTMLElement): void {
  const frame = root.getBoundingClientRect();
  const from = anchor.getBoundingClientRect();
  const most = Math.max(frame.width - menu.offsetWidth - 4, 4);
  menu.style.left = `${Math.min(Math.max(from.left - frame.left, 4), most)}px`;
  menu.style.top = `${from.bottom - frame.top + 2}px`;
}
