/** What Streamlit gives to a component's default export, and how a component lives between calls. */

export interface RendererArgs<Data> {
  readonly data: Data;
  readonly parentElement: HTMLElement | ShadowRoot;
  readonly setStateValue: (name: string, value: unknown) => void;
  readonly setTriggerValue: (name: string, value: unknown) => void;
}

/** A mounted component: it is given new data, and told when it goes. */
export interface Mounted<Data> {
  update(args: RendererArgs<Data>): void;
  destroy(): void;
}

/**
 * The renderer of a component.
 *
 * Streamlit calls it again for each change of data or theme, with the same parent element: what is
 * drawn there stays, together with its scroll position and focus, and only takes the new data.
 */
export function renderer<Data>(
  mount: (args: RendererArgs<Data>) => Mounted<Data>,
): (args: RendererArgs<Data>) => () => void {
  const instances = new WeakMap<Node, Mounted<Data>>();
  return (args) => {
    const place = args.parentElement;
    let instance = instances.get(place);
    if (instance === undefined) {
      instance = mount(args);
      instances.set(place, instance);
    }
    instance.update(args);
    const mounted = instance;
    return () => {
      mounted.destroy();
      instances.delete(place);
    };
  };
}

/**
 * The data of a component without its table, as a text.
 *
 * Streamlit sends and reads the same data a second time now and then; drawing it anew would take the
 * cell from under the pointer. Tables are told apart by a version, as comparing their values takes long.
 */
export function signature(data: object, table: string): string {
  return JSON.stringify({ ...data, [table]: null });
}

/** Keep single letters from Streamlit, whose shortcuts ("r" runs the page again) listen above. */
export function keepShortcutsInside(root: HTMLElement): void {
  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
  });
}

/** Calls `act` once, `milliseconds` after the last of several calls. */
export function debounced(milliseconds: number, act: () => void): { (): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
  return Object.assign(call, { cancel: () => clearTimeout(timer) });
}
