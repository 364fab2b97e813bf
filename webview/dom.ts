type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Everything is set as text or attribute: there is no way to pass markup. */
function fill<E extends Element>(made: E, attributes: Attributes, children: readonly (Node | string)[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** A button that looks like a link: it opens something. */
export function link(label: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { class: 'link', type: 'button' }, label);
  made.addEventListener('click', onClick);
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Writes only what differs: most cells of a redrawn table do not change, and each write costs layout. */
export function setText(node: Node, value: string): void {
  const { firstChild } = node;
  if (firstChild instanceof Text && firstChild === node.lastChild) {
    if (firstChild.data !== value) firstChild.data = value;
  } else if (node.textContent !== value) node.textContent = value;
}

/** Sets an attribute if it differs; null removes it. */
export function setAttribute(node: Element, name: string, value: string | number | null): void {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

export function show(node: HTMLElement | SVGElement, visible: boolean): void {
  node.toggleAttribute('hidden', !visible);
}

/** 16 x 16 px. Always beside text or a label, so hidden from screen readers. */
const ICONS = {
  keep: 'M6.3 12.4 2.4 8.5l1-1 2.9 2.9 6.4-6.4 1 1z',
  prune: 'm8 7 3.7-3.7 1 1L9 8l3.7 3.7-1 1L8 9l-3.7 3.7-1-1L7 8 3.3 4.3l1-1z',
  up: 'm8 5 4.5 4.5-.9.9L8 6.8l-3.6 3.6-.9-.9z',
  down: 'M8 11 3.5 6.5l.9-.9L8 9.2l3.6-3.6.9.9z',
  warning:
    'M7.6 1.8h.8L15 13.6l-.4.6H1.4l-.4-.6zM8 3.2 2.3 13.2h11.4zM7.4 6.2h1.2v3.6H7.4zm0 4.6h1.2V12H7.4z',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1.1a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6zM7.4 4.6h1.2v1.2H7.4zm0 2.4h1.2v4.4H7.4z',
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1.1a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6zM8 7.2l2-2 .8.8-2 2 2 2-.8.8-2-2-2 2-.8-.8 2-2-2-2 .8-.8z',
} as const;

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return svg(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    svg('path', { d: ICONS[name], fill: 'currentColor' }),
  );
}
