/** Links to other pages of Studio: addresses that a browser can copy and open in a new tab. */

export interface LinkTarget {
  /** The page's name, such as `run`. */
  readonly page: string;
  /** Parameters that all links have. */
  readonly query: Readonly<Record<string, string>>;
  /** The parameter that holds the row's id. */
  readonly parameter: string;
}

export function addressOf(target: LinkTarget, id: string): string {
  const query = new URLSearchParams({ ...target.query, [target.parameter]: id });
  return `${encodeURI(target.page)}?${query.toString()}`;
}

/**
 * Opens a link of the same site without loading the page anew, which costs more than a second.
 *
 * Streamlit listens to `popstate` to follow Back and Forward: it is told of the new address in the
 * same way. Clicks for a new tab or window are left to the browser.
 */
export function follow(event: MouseEvent, link: HTMLAnchorElement): void {
  if (event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  open(link.href);
}

export function open(address: string): void {
  window.history.pushState(null, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

export function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}
