// The only module that knows which library draws buttons, choices and fields: upstream no longer develops it.
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
  type Button,
  type Dropdown,
  type TextField,
} from '@vscode/webview-ui-toolkit';
import { element } from './dom';
import { text, type StringKey } from './strings';

/** Must run before any control is created. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());
}

export interface ButtonParts {
  readonly label: string;
  readonly primary?: boolean;
  readonly onClick: () => void;
}

export function button(parts: ButtonParts): HTMLElement & Pick<Button, 'disabled'> {
  const made = document.createElement('vscode-button') as Button;
  made.appearance = parts.primary === true ? 'primary' : 'secondary';
  made.textContent = parts.label;
  made.addEventListener('click', parts.onClick);
  return made;
}

/** @param reason why the button cannot be pressed now, as its tooltip; null: it can. @param tip its tooltip then */
export function disable(made: ReturnType<typeof button>, reason: string | null, tip = ''): void {
  made.disabled = reason !== null;
  const title = reason ?? tip;
  if (made.title !== title) made.title = title;
}

/** A button that only posts a message without fields. */
export function postButton<T extends string>(
  post: (message: { readonly type: T }) => void,
  label: StringKey,
  type: T,
  primary = false,
): ReturnType<typeof button> {
  return button({ label: text(label), primary, onClick: () => post({ type }) });
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface ChoiceControl<T extends string> {
  readonly field: HTMLElement;
  /** Shows a value without calling `onChange`. */
  show(value: T): void;
  setDisabled(disabled: boolean): void;
}

/** One choice of several, with a label above. */
export function choice<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  onChange: (value: T) => void,
): ChoiceControl<T> {
  const made = document.createElement('vscode-dropdown') as Dropdown;
  made.setAttribute('aria-label', label);
  for (const { value, label: shown } of choices) {
    const option = document.createElement('vscode-option');
    option.setAttribute('value', value);
    option.textContent = shown;
    made.append(option);
  }
  made.addEventListener('change', () => {
    const chosen = choices.find(({ value }) => value === made.value);
    if (chosen !== undefined) onChange(chosen.value);
  });
  return {
    field: labelled(label, made),
    show: (value) => {
      if (made.value !== value) made.value = value;
    },
    setDisabled: (disabled) => {
      if (made.disabled !== disabled) made.disabled = disabled;
    },
  };
}

export interface TextControl {
  readonly field: HTMLElement;
  /** Shows a value, unless the user is typing, or has typed an invalid value and this one is not new. */
  show(value: string): void;
  setLabel(label: string): void;
  /** Why the value is invalid; null if it is valid. Typing or showing another value clears it. */
  setProblem(problem: string | null): void;
  focus(): void;
}

export interface TextParts {
  readonly label: string;
  readonly placeholder?: string;
  /** `commit`: on Enter or when the field is left; `input`: with each letter. */
  readonly when: 'commit' | 'input';
  readonly onChange: (value: string) => void;
  /** Arrow keys up (+1) and down (-1), for fields that hold a number; `typed` is not yet committed text. */
  readonly onStep?: (direction: 1 | -1, typed: string | null) => void;
}

/** A field of one line, with a label above. */
export function textField(parts: TextParts): TextControl {
  const made = document.createElement('vscode-text-field') as TextField;
  // Its text is its label; without one, the library labels it "Text field".
  made.textContent = parts.label;
  if (parts.placeholder !== undefined) made.placeholder = parts.placeholder;
  const problem = element('span', { class: 'field-problem', role: 'alert', hidden: true });
  const field = element('div', { class: 'field' }, made, problem);
  const setProblem = (why: string | null): void => {
    problem.toggleAttribute('hidden', why === null);
    problem.textContent = why ?? '';
    field.classList.toggle('invalid', why !== null);
    made.setAttribute('aria-invalid', String(why !== null));
  };
  let pending = false;
  const commit = (): void => {
    if (!pending) return;
    pending = false;
    parts.onChange(made.value);
  };
  made.addEventListener('input', () => {
    pending = true;
    setProblem(null);
    if (parts.when === 'input') commit();
  });
  // Not `change`: a value typed back to what it was fires none, and the field would never show another again.
  made.addEventListener('focusout', commit);
  made.addEventListener('keydown', ({ key }) => key === 'Enter' && commit());
  const { onStep } = parts;
  made.addEventListener('keydown', (event) => {
    if (onStep === undefined || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    const typed = pending ? made.value : null;
    pending = false;
    onStep(event.key === 'ArrowUp' ? 1 : -1, typed);
  });
  let shown: string | undefined;
  return {
    field,
    show: (value) => {
      if (pending || (value === shown && !problem.hidden)) return;
      shown = value;
      if (made.value !== value) made.value = value;
      if (!problem.hidden) setProblem(null);
    },
    setLabel: (label) => {
      made.textContent = label;
      made.setAttribute('aria-label', label);
    },
    setProblem,
    focus: () => made.focus(),
  };
}

/** The control's own aria-label names it: a `label` element cannot reach into a custom element. */
function labelled(label: string, control: HTMLElement): HTMLElement {
  const caption = element('span', { class: 'field-label', 'aria-hidden': 'true' }, label);
  return element('div', { class: 'field' }, caption, control);
}
