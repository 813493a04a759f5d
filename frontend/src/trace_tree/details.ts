/** What the chosen span did: its facts, errors, inputs, outputs, attributes and events. */

import { copyButton } from "../shared/copy_button";
import { button, element } from "../shared/dom";
import { readable } from "../shared/json_text";
import { grouped } from "../shared/numbers";
import { lasting } from "./durations";
import type { Span, SpanEvent } from "./types";

/** A longer text is folded, and unfolds at a click. */
const FOLDED_SIGNS = 3_000;
const FOLDED_LINES = 40;

const EXCEPTION = "exception";

export interface DetailsHost {
  /** The address of this page with the span open. */
  linkTo(span: Span): string;
}

export function details(span: Span, length: number, host: DetailsHost): HTMLElement {
  const exceptions = span.events.filter((event) => event.name === EXCEPTION);
  const events = span.events.filter((event) => event.name !== EXCEPTION);
  const attributes = Object.entries(span.attributes);
  return element(
    "div",
    { class: "details" },
    element("h2", { title: span.name }, span.name),
    facts(span, length, host),
    span.message && !exceptions.length ? element("p", { class: "message" }, span.message) : null,
    ...exceptions.map(exception),
    section("Inputs", span.inputs, "None were logged."),
    section("Outputs", span.outputs, span.failed ? "None: it failed." : "None were logged."),
    attributes.length
      ? folding(`Attributes · ${grouped(attributes.length)}`, true, pairs(span.attributes))
      : null,
    events.length
      ? folding(`Events · ${grouped(events.length)}`, false, ...events.map(eventLine))
      : null,
  );
}

function facts(span: Span, length: number, host: DetailsHost): HTMLElement {
  const share = span.duration === null ? "" : `, ${percent(span.duration / length)} of the trace`;
  const took = span.duration === null ? "still running" : `took ${lasting(span.duration)}${share}`;
  return element(
    "div",
    { class: "facts" },
    element("span", { class: "kind" }, span.kind),
    span.failed ? element("span", { class: "failed" }, "Failed") : null,
    element("span", {}, `began at ${lasting(span.start)}, ${took}`),
    copyButton("Copy link", () => host.linkTo(span)),
  );
}

function exception(event: SpanEvent): HTMLElement {
  const { attributes } = event;
  const kind = readable(attributes["exception.type"] ?? "Exception");
  const message = readable(attributes["exception.message"] ?? "");
  const stack = readable(attributes["exception.stacktrace"] ?? "");
  return element(
    "div",
    { class: "exception" },
    element("p", {}, element("strong", {}, kind), message ? `: ${message}` : ""),
    stack ? payload(stack) : null,
  );
}

function section(title: string, text: string, nothing: string): HTMLElement {
  const content = text ? payload(readable(text)) : element("p", { class: "nothing" }, nothing);
  return folding(title, true, content);
}

function folding(title: string, open: boolean, ...content: HTMLElement[]): HTMLElement {
  return element("details", { open }, element("summary", {}, title), ...content);
}

function pairs(attributes: Readonly<Record<string, string>>): HTMLElement {
  const rows = Object.entries(attributes).map(([name, value]) =>
    element("div", { class: "pair" }, element("dt", {}, name), element("dd", {}, payload(readable(value)))),
  );
  return element("dl", {}, ...rows);
}

function eventLine(event: SpanEvent): HTMLElement {
  return element(
    "div",
    { class: "event" },
    element("p", {}, element("strong", {}, event.name), ` at ${lasting(event.at)}`),
    Object.keys(event.attributes).length ? pairs(event.attributes) : null,
  );
}

/** A text in its own frame, folded where it is long; it can be copied whole. */
function payload(text: string): HTMLElement {
  const lines = text.split("\n");
  const long = text.length > FOLDED_SIGNS || lines.length > FOLDED_LINES;
  if (!long && lines.length === 1 && text.length < 80) return element("pre", { class: "short" }, text);
  const shown = long ? lines.slice(0, FOLDED_LINES).join("\n").slice(0, FOLDED_SIGNS) : text;
  const frame = element("pre", { tabindex: 0, "aria-label": "Logged text" }, shown);
  const unfold = button(`Show all ${grouped(text.length)} signs`, () => {
    frame.textContent = text;
    unfold.remove();
    frame.focus();
  }, { class: "quiet text" });
  return element(
    "div",
    { class: "payload" },
    frame,
    element("div", { class: "tools" }, long ? unfold : null, copyButton("Copy", () => text)),
  );
}

function percent(share: number): string {
  const found = share * 100;
  return found > 0 && found < 1 ? "< 1 %" : `${Math.round(found)} %`;
}
