/**
 * The little of a DOM element that is read inside the page. Tests are compiled without the DOM's own
 * types, so that nothing of the extension host can lean on them.
 *
 * Rows are read by one `evaluateAll` and not locator by locator: lists are redrawn between two calls,
 * and then a row's label would be paired with another row's state. Inside such a callback name no
 * function: the compiler would wrap it in a helper that the page does not have.
 */
export interface PageElement {
  readonly innerText: string;
  readonly textContent: string | null;
  readonly className: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  getBoundingClientRect(): PageBox;
}

/** In CSS pixels of the window. */
export interface PageBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
