// The only module that knows which library draws buttons, choices and fields: upstream no longer develops it, and
// what replaces it is to be put in here.
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

/** Makes the controls known to the page; before any is created. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());
}

export interface ButtonParts {
  readonly label: string;
  readonly primary?: boolean;
  readonly onClick: () => void;
}

/** A push button, and how to disable it. */
export function button(parts: ButtonParts): HTMLElement & Pick<Button, 'disabled'> {
  const made = document.createElement('vscode-button') as Button;
  made.appearance = parts.primary === true ? 'primary' : 'secondary';
  made.textContent = parts.label;
  made.addEventListener('click', parts.onClick);
  return made;
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface ChoiceControl<T extends string> {
  /** The control under its label. */
  readonly field: HTMLElement;
  /** Shows a value without telling anyone. */
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
  /** Shows a value, unless a person is typing in the field, or has typed what must be mended and nothing is new. */
  show(value: string): void;
  setLabel(label: string): void;
  /** Why the value cannot be used; null: it can. A value that is typed or shown later has no problem as yet. */
  setProblem(problem: string | null): void;
  focus(): void;
}

export interface TextParts {
  readonly label: string;
  readonly placeholder?: string;
  /** `commit`: on Enter or when the field is left; `input`: with each letter. */
  readonly when: 'commit' | 'input';
  readonly onChange: (value: string) => void;
  /** Arrow keys up (+1) and down (-1), for fields that hold a number; `typed` is what `onChange` was not yet told. */
  readonly onStep?: (direction: 1 | -1, typed: string | null) => void;
}

/** A field of one line, with a label above. */
export function textField(parts: TextParts): TextControl {
  const made = document.createElement('vscode-text-field') as TextField;
  // Its text is its label; without one, the library calls it "Text field" as soon as it is on the page.
  made.textContent = parts.label;
  if (parts.placeholder !== undefined) made.placeholder = parts.placeholder;
  const problem = element('span', { class: 'field-problem', attributes: { role: 'alert', hidden: '' } });
  const field = element('div', { class: 'field', children: [made, problem] });
  const setProblem = (text: string | null): void => {
    problem.toggleAttribute('hidden', text === null);
    problem.textContent = text ?? '';
    field.classList.toggle('invalid', text !== null);
    made.setAttribute('aria-invalid', String(text !== null));
  };
  const typed = listen(made, parts, () => setProblem(null));
  let shown: string | undefined;
  return {
    field,
    show: (value) => {
      if (typed.pending || (value === shown && !problem.hidden)) return;
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

/** Tells `parts` of what is typed; `pending` while there is something that it was not told. */
function listen(made: TextField, parts: TextParts, onInput: () => void): { readonly pending: boolean } {
  const typed = { pending: false };
  const commit = (): void => {
    if (!typed.pending) return;
    typed.pending = false;
    parts.onChange(made.value);
  };
  made.addEventListener('input', () => {
    typed.pending = true;
    onInput();
    if (parts.when === 'input') commit();
  });
  // Not `change`: a value that was typed back to what it was is none, and the field would never again show another.
  made.addEventListener('focusout', commit);
  made.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') commit();
    if (parts.onStep === undefined || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    const value = typed.pending ? made.value : null;
    typed.pending = false;
    parts.onStep(event.key === 'ArrowUp' ? 1 : -1, value);
  });
  return typed;
}

/** The control's own aria-label names it: a `label` element cannot reach into a custom element. */
function labelled(label: string, control: HTMLElement): HTMLElement {
  const caption = element('span', {
    class: 'field-label',
    text: label,
    attributes: { 'aria-hidden': 'true' },
  });
  return element('div', { class: 'field', children: [caption, control] });
}
