import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import * as z from 'zod/mini';
import { failure, SploraError } from '../../core/errors';
import { say, verbatim, type Message } from '../../core/message';
import { isRecord } from '../../core/record';
import { visibleText } from '../../core/report/escape';
import type { TemplateRecord } from '../../core/results/evaluation/types';
import type { ChatMessage } from '../runners/types';
import { readWithDeadline, withDeadline } from './deadline';
import { badFile, jsonIn, sha256, textIn, thrownText, type ChatFolders, type TextFile } from './files';
import { strftime } from './strftime';

/** Turns a conversation into the text that the model was trained on. */
export interface ChatTemplate {
  /** Absent: plain text. */
  readonly record?: TemplateRecord;
  readonly notes: readonly Message[];
  /**
   * The text before the assistant's next answer.
   * @throws SploraError 'bad-request' for what is not a conversation, or that the template refuses; 'bad-config' where
   * the template fails
   */
  render(messages: readonly ChatMessage[]): string;
}

export interface TemplateOptions {
  /** By name, for the template; see `Tokenizer.specialTokens`. */
  readonly specialTokens: ReadonlyMap<string, string>;
  /** Put the contents into the model as they are where there is no template. Absent: no template is an error. */
  readonly plainPrompts?: boolean;
  /** For parsing it; absent: that of a text. */
  readonly deadlineMs?: number;
}

/** The longest real templates have 30 kB. */
const TEMPLATE_BYTES_MAX = 1024 * 1024;
/** A prompt of a million tokens has some MB. */
const RENDERED_MAX = 16 * 1024 * 1024;
const RANGE_MAX = 100_000;
/** What templates that ask for it take for today, so that an evaluation does not depend on the day it is made. */
const TODAY = new Date('2026-01-01T00:00:00Z');

const NAMED = z.array(z.looseObject({ name: z.string(), template: z.string() }));

/**
 * The adapter's chat template where its folder has one, else the model's; in each chat_template.jinja, or else
 * tokenizer_config.json, or else chat_template.json.
 * @throws SploraError 'not-found' where there is none; 'bad-config' for one that cannot be read; 'io'
 */
export async function openTemplate(folders: ChatFolders, options: TemplateOptions): Promise<ChatTemplate> {
  const own = folders.adapter === null ? undefined : await findTemplate(folders.adapter);
  const models = await findTemplate(folders.model);
  const found = own ?? models;
  if (found === undefined) {
    if (options.plainPrompts === true) return PLAIN;
    throw failure('not-found', say('The model has no chat template'), folders.model, NO_TEMPLATE_ADVICE);
  }
  const usesDate = found.text.includes('strftime_now');
  const record = {
    file: found.file,
    sha256: sha256(found.text),
    ...(usesDate ? { date: TODAY.toISOString().slice(0, 10) } : {}),
  };
  const render = readWithDeadline(
    found.file,
    () => compile(found, options.specialTokens),
    options.deadlineMs,
  );
  const isOwn = own !== undefined && own.text !== models?.text;
  return {
    record,
    notes: isOwn ? [OWN_TEMPLATE] : [],
    render: (messages) => withDeadline(found.file, () => render(checked(messages))),
  };
}

const NO_TEMPLATE_ADVICE = say(
  "Put the chat_template.jinja that the adapter was trained with into the adapter's folder. If it was trained on plain text, choose plain prompts (splora measure --plain-prompts).",
);
const OWN_TEMPLATE = say(
  "The adapter's own chat template is used for every variant, including the aligned model. It differs from the model's own.",
);

/**
 * Never by default: a chat model without the template that belongs to it answers harmful prompts that it would refuse, and
 * nothing in its files tells it from a base model.
 */
const PLAIN: ChatTemplate = {
  notes: [say('Prompts are given to the model as plain text, without a chat template.')],
  render: (messages) =>
    checked(messages)
      .map(({ content }) => content)
      .join('\n\n'),
};

async function findTemplate(folder: string): Promise<TextFile | undefined> {
  const file = await textIn(folder, 'chat_template.jinja', TEMPLATE_BYTES_MAX);
  if (file !== undefined) return normalized(file);
  for (const name of ['tokenizer_config.json', 'chat_template.json']) {
    const config = await jsonIn(folder, name);
    const text =
      config === undefined ? undefined : defaultTemplate(config.file, config.json['chat_template']);
    if (config !== undefined && text !== undefined) return normalized({ file: config.file, text });
  }
  return undefined;
}

/** Of a list of named templates, the one named `default`. */
function defaultTemplate(file: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const named = z.safeParse(NAMED, value);
  const text = named.success ? named.data.find(({ name }) => name === 'default')?.template : value;
  if (typeof text === 'string' && text.length <= TEMPLATE_BYTES_MAX) return text;
  throw badFile(file, say('"{0}" is not a template or a list with one named "default"', 'chat_template'));
}

/** As Jinja reads it. */
const normalized = ({ file, text }: TextFile): TextFile => ({ file, text: text.replace(/\r\n?/g, '\n') });

type Render = (messages: readonly ChatMessage[]) => string;

function compile({ file, text }: TextFile, specialTokens: ReadonlyMap<string, string>): Render {
  const program = trying(file, () => parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true })));
  return (messages) => {
    const rendered = trying(file, () => {
      const environment = new Environment();
      for (const [name, value] of [...specialTokens, ...GLOBALS]) environment.set(name, value);
      // As transformers sets them where there are none.
      for (const name of ['tools', 'documents']) environment.set(name, null);
      environment.set('messages', messages);
      environment.set('add_generation_prompt', true);
      return new Interpreter(environment).run(program).value;
    });
    if (typeof rendered !== 'string' || rendered.length > RENDERED_MAX)
      throw badFile(file, say('the prompt is longer than {0} characters', RENDERED_MAX));
    return rendered;
  };
}

/** What `raise_exception` throws: the template works, and does not take this conversation. */
class Refusal extends Error {}

/** Those of transformers. The library's own `strftime_now` takes the computer's date and language. */
const GLOBALS: readonly (readonly [string, unknown])[] = [
  ...(['true', 'True'] as const).map((name) => [name, true] as const),
  ...(['false', 'False'] as const).map((name) => [name, false] as const),
  ...(['none', 'None'] as const).map((name) => [name, null] as const),
  [
    'raise_exception',
    (message: unknown): never => {
      throw new Refusal(String(message));
    },
  ],
  ['strftime_now', (format: unknown) => strftime(TODAY, String(format))],
  ['range', range],
];

/** Python's, bounded: a template is a stranger's program, and Node dies of the library's where its list is too long. */
function range(...given: readonly unknown[]): number[] {
  const [first = 0, second, step = 1] = given.filter((value) => typeof value === 'number');
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= RANGE_MAX)) throw new Error(`range() of more than ${RANGE_MAX} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}

function trying<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Refusal) {
      const said = verbatim(visibleText(thrown.message));
      const error = failure(
        'bad-request',
        say('The chat template rejects this conversation: {0}', said),
        file,
        say('Change the system prompt or the roles of the messages.'),
      );
      error.cause = thrown;
      throw error;
    }
    throw badFile(file, say('the chat template failed ({0})', thrownText(thrown)), { cause: thrown });
  }
}

/** The library prints lists, numbers and objects into the prompt where Python raises an error. */
function checked(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const isText = (message: unknown): boolean => isRecord(message) && typeof message['content'] === 'string';
  if (messages.length > 0 && messages.every(isText)) return messages;
  throw new SploraError({
    code: 'bad-request',
    message: say('A conversation needs at least one message, and text in each'),
    advice: say('Correct the prompt.'),
  });
}
