/** What Python gives to the updates of a table of runs (ml_studio/run_updates.py). */

import type { Updates } from "../shared/events";

export interface UpdatesData extends Updates {
  /** Another text for other values, or a later reading of the same ones. */
  readonly version: string;
}
