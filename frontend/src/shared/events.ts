/**
 * What the table and the charts of one page tell each other, without a round trip.
 *
 * They are separate components (each is sent its own data) and separate modules: the page's window
 * is what they share.
 */

interface Events {
  /** The ticked runs. */
  selection: readonly string[];
  /** The run below the pointer, if any. */
  hover: string | null;
}

const PREFIX = "ml-studio-runs:";

export function tell<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
  window.dispatchEvent(new CustomEvent(PREFIX + name, { detail }));
}

/** Listens until the returned function is called. */
export function listen<Name extends keyof Events>(
  name: Name,
  act: (detail: Events[Name]) => void,
): () => void {
  const listener = (event: Event) => {
    act((event as CustomEvent<Events[Name]>).detail);
  };
  window.addEventListener(PREFIX + name, listener);
  return () => {
    window.removeEventListener(PREFIX + name, listener);
  };
}
