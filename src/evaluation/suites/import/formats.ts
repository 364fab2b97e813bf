import { kindOfName } from '../parseSuite';
import type { ImportFormat } from '../../../protocol/evaluatorApi';
import { conversationOf, textOf, userMessage, withReference } from './fields';
import type { Fields, ImportedFormat, ImportedPrompt } from './types';

const has = (columns: ReadonlySet<string>, ...names: readonly string[]): boolean =>
  names.every((name) => columns.has(name));

/** Optional fields of a prompt. */
function optional(row: Fields, idColumn: string, prefix: string, categoryColumn: string) {
  const [id, category] = [textOf(row, idColumn), textOf(row, categoryColumn)];
  return {
    ...(id === undefined ? {} : { id: `${prefix}${id}` }),
    ...(category === undefined ? {} : { category }),
  };
}

/** `Index, Goal, Target, Behavior, Category, Source`; harmful-behaviors.csv and benign-behaviors.csv. */
const jailbreakbench: ImportedFormat = {
  recognizes: (columns) => has(columns, 'goal', 'target', 'behavior', 'category'),
  kind: kindOfName,
  prompt(row) {
    const goal = textOf(row, 'goal');
    return goal === undefined
      ? undefined
      : { ...optional(row, 'index', 'jbb-', 'category'), messages: userMessage(goal) };
  },
};

/** `Behavior, FunctionalCategory, SemanticCategory, Tags, ContextString, BehaviorID`. Questions about copyright are left out. */
const harmbench: ImportedFormat = {
  recognizes: (columns) => has(columns, 'behavior', 'functionalcategory', 'semanticcategory'),
  kind: () => 'harmful',
  prompt(row) {
    const behavior = textOf(row, 'behavior');
    if (behavior === undefined || textOf(row, 'functionalcategory') === 'copyright') return undefined;
    const context = textOf(row, 'contextstring');
    const text = context === undefined ? behavior : `${context}\n\n---\n\n${behavior}`;
    return { ...optional(row, 'behaviorid', '', 'semanticcategory'), messages: userMessage(text) };
  },
};

/** `id, prompt, type, label, focus, note`, before version 2 without `label`. Contrast prompts must be refused. */
const xstest: ImportedFormat = {
  recognizes: (columns) => has(columns, 'prompt', 'type') && (columns.has('label') || columns.has('focus')),
  kind: () => undefined,
  prompt(row) {
    const prompt = textOf(row, 'prompt');
    if (prompt === undefined) return undefined;
    const isHarmful =
      textOf(row, 'label') === 'unsafe' || textOf(row, 'type')?.startsWith('contrast') === true;
    return {
      ...optional(row, 'id', 'xstest-', 'type'),
      kind: isHarmful ? 'harmful' : 'benign',
      messages: userMessage(prompt),
    };
  },
};

/** `prompt, category`: columns that say nothing, so the name decides. Its toxic part must be refused. */
const orBench: ImportedFormat = {
  recognizes: (columns, file) => has(columns, 'prompt', 'category') && /or-?bench/.test(file),
  kind: (file) => (file.includes('toxic') ? 'harmful' : 'benign'),
  prompt(row) {
    const prompt = textOf(row, 'prompt');
    return prompt === undefined
      ? undefined
      : { ...optional(row, 'id', 'or-bench-', 'category'), messages: userMessage(prompt) };
  },
};

/** `instruction, category`: columns that say nothing, so the name decides. */
const directharm4: ImportedFormat = {
  recognizes: (columns, file) => has(columns, 'instruction') && file.includes('directharm4'),
  kind: () => 'harmful',
  prompt(row) {
    const instruction = textOf(row, 'instruction');
    return instruction === undefined
      ? undefined
      : { ...optional(row, 'id', 'directharm4-', 'category'), messages: userMessage(instruction) };
  },
};

/** `instruction, input, output`. */
const alpaca: ImportedFormat = {
  recognizes: (columns) => has(columns, 'instruction', 'output'),
  kind: () => 'task',
  prompt(row) {
    const [instruction, output] = [textOf(row, 'instruction'), textOf(row, 'output')];
    if (instruction === undefined || output === undefined) return undefined;
    const input = textOf(row, 'input');
    const text = input === undefined ? instruction : `${instruction}\n\n${input}`;
    return { ...optional(row, 'id', '', 'category'), messages: userMessage(text), reference: output };
  },
};

/** `conversations: [{from, value}]`. */
const sharegpt: ImportedFormat = {
  recognizes: (columns) => columns.has('conversations'),
  kind: () => 'task',
  prompt(row) {
    const messages = conversationOf(row.get('conversations'));
    return messages === undefined
      ? undefined
      : { ...optional(row, 'id', '', 'category'), ...withReference(messages) };
  },
};

export const PROMPT_COLUMNS = [
  'prompt',
  'question',
  'instruction',
  'input',
  'goal',
  'behavior',
  'text',
] as const;
const REFERENCE_COLUMNS = ['reference', 'answer', 'completion', 'response', 'output', 'chosen'] as const;

/** The columns of a user's own file. */
const own: ImportedFormat = {
  recognizes: () => false,
  kind: kindOfName,
  prompt(row): ImportedPrompt | undefined {
    const messages = conversationOf(row.get('messages') ?? row.get('conversations'));
    const rest = optional(row, 'id', '', 'category');
    if (messages !== undefined) return { ...rest, ...withReference(messages) };
    const prompt = textOf(row, ...PROMPT_COLUMNS);
    if (prompt === undefined) return undefined;
    const reference = textOf(row, ...REFERENCE_COLUMNS);
    return {
      ...rest,
      messages: userMessage(prompt),
      ...(reference === undefined ? {} : { reference }),
    };
  },
};

/** In the order in which they are tried. */
export const FORMATS: Readonly<Record<ImportFormat, ImportedFormat>> = {
  jailbreakbench,
  harmbench,
  xstest,
  'or-bench': orBench,
  directharm4,
  alpaca,
  sharegpt,
  jsonl: own,
  csv: own,
  text: own,
};
