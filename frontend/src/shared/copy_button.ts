/** A button that copies a text and says so for a moment. */

import { button } from "./dom";

const SAID_FOR = 1_500;

export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const made = button(label, () => {
    void navigator.clipboard.writeText(text()).then(
      () => say("Copied"),
      () => say("Not allowed"),
    );
  }, { class: "quiet text" });
  const say = (word: string) => {
    made.textContent = word;
    setTimeout(() => (made.textContent = label), SAID_FOR);
  };
  return made;
}
