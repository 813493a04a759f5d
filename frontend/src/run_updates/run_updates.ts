/** Hands on to the table what became of its runs. It draws nothing: the table says it in its bar. */

import { listen, tell } from "../shared/events";
import type { Mounted, RendererArgs } from "../shared/streamlit";
import type { UpdatesData } from "./types";

export class RunUpdates implements Mounted<UpdatesData> {
  private data: UpdatesData;
  private version: string | null = null;
  private readonly stopListening: () => void;

  constructor({ data }: RendererArgs<UpdatesData>) {
    this.data = data;
    // A table that was made after them, for instance as it was closed before, asks for them.
    this.stopListening = listen("awaited", () => tell("updates", this.data));
  }

  update({ data }: RendererArgs<UpdatesData>): void {
    this.data = data;
    if (data.version === this.version) return;
    this.version = data.version;
    tell("updates", data);
  }

  destroy(): void {
    this.stopListening();
  }
}
