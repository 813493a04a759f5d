/**
 * What the table and the charts of one page tell each other, without a round trip.
 *
 * They are separate components (each is sent its own data) and separate modules: the page's window
 * is what they share.
 */

import type { ArrowTable } from "./arrow";

interface Events {
  /** The ticked runs. */
  selection: readonly string[];
  /** The run below the pointer, if any. */
  hover: string | null;
  /** What became of the runs since the table was read. */
  updates: Updates;
  /** A table that begins to listen asks for the updates that it missed. */
  awaited: null;
}

export interface Updates {
  /** The runs that go on, or went on when the table was read, as they are now. */
  readonly frame: ArrowTable;
  /** The reading of the table that they belong to (`TableData.version`). */
  readonly of: string;
  /** How many of them go on. */
  readonly running: number;
  /** How many runs are not in the table because they began later; `99+` for more than that. */
  readonly begun: string;
  /** When they were read: the reader's clock, as a text. */
  readonly at: string;
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
