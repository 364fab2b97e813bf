/** Attributes as in markup; `text` becomes the element's text, never markup. */
export interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly role?: string;
  readonly text?: string;
  readonly title?: string;
  readonly tabindex?: string;
  readonly type?: string;
  readonly [aria: `aria-${string}`]: string;
}

/** An element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== 'string') continue;
    if (name === 'text') made.textContent = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A push button. `kind` as in VS Code: one primary button in a place, the others secondary. */
export function button(kind: 'primary' | 'secondary', text: string, act: () => void): HTMLButtonElement {
  const made = element('button', { class: `button ${kind}`, type: 'button', text });
  made.addEventListener('click', act);
  return made;
}

/** English text with `{0}`, `{1}`, … -> text in the language of the window with the values in their places. */
export type Translate = (english: string, ...values: readonly (string | number)[]) => string;

export function translator(translations: Readonly<Record<string, string>>): Translate {
  return (english, ...values) => {
    const text = Object.hasOwn(translations, english) ? translations[english] : undefined;
    return (text ?? english).replace(/\{(\d+)\}/g, (place, at: string) =>
      String(values[Number(at)] ?? place),
    );
  };
}
