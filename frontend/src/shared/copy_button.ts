/** Buttons that copy a text, and say so for a moment. */

import { button } from "./dom";

const SAID_FOR = 1_500;

/** `of` says what is copied where the label alone does not. */
export function copyButton(label: string, text: () => string, of = ""): HTMLButtonElement {
  const made = button(
    label,
    () => {
      void navigator.clipboard.writeText(text()).then(
        () => say("Copied"),
        () => say("Not allowed"),
      );
    },
    { class: "quiet text", "aria-label": of ? `${label} ${of}` : null },
  );
  const say = (word: string) => {
    made.textContent = word;
    setTimeout(() => (made.textContent = label), SAID_FOR);
  };
  return made;
}
