import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { failure, SploraError } from '../../core/errors';
import { say, verbatim, type Message } from '../../core/message';
import { visibleText } from '../../core/report/escape';
import { SPLITS, SUITE_KINDS, type Split, type SuiteKind } from '../../core/results/evaluation/types';
import type { ChatMessage } from '../runners/types';
import { MAX_BROKEN_LINES, MAX_MESSAGES, MAX_NAME_LENGTH, MAX_PROMPTS, MAX_TEXT_LENGTH } from './limits';
import { LoopTurns } from '../loopTurns';
import { linesOf } from './lines';
import { splitInHalf } from './split';
import type { ParsedSuites, Suite, SuitePrompt } from './types';

const text = z.string().check(z.maxLength(MAX_TEXT_LENGTH));
const filledText = z.string().check(z.minLength(1), z.maxLength(MAX_TEXT_LENGTH));
const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: text });

/** A line. Other fields are ignored: suites of other tools have their own. */
const suiteLine = z.object({
  id: z.optional(z.union([name, z.pipe(z.int(), z.transform(String))])),
  kind: z.optional(z.enum(SUITE_KINDS)),
  prompt: z.optional(filledText),
  messages: z.optional(z.array(message).check(z.minLength(1), z.maxLength(MAX_MESSAGES))),
  system: z.optional(z.nullable(text)),
  reference: z.optional(z.nullable(text)),
  category: z.optional(z.nullable(name)),
  split: z.optional(z.nullable(z.enum(SPLITS))),
});
type SuiteLine = z.infer<typeof suiteLine>;

type Draft = Omit<SuitePrompt, 'split'> & { readonly split?: Split };

export interface SuiteOptions {
  readonly skipBrokenLines: boolean;
  readonly signal?: AbortSignal;
}

export interface SuiteText {
  /** As it was given, for errors and the document. */
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
}

/**
 * Parses a suite in JSONL: `id, prompt | messages, reference?, category?, system?, split?, kind?`. The kind is that of the
 * line, or of the file's name. Empty lines are passed over.
 * @throws SploraError `bad-request` with the line's number, unless `skipBrokenLines`; `cancelled`
 */
export async function parseSuite(suite: SuiteText, options: SuiteOptions): Promise<ParsedSuites> {
  const fileKind = kindOfName(suite.file);
  const drafts: Draft[] = [];
  const seen = new Set<string>();
  const named: Message[] = [];
  let broken = 0;
  for await (const { number, text: line } of linesOf(suite.text, new LoopTurns(options.signal))) {
    const draft = readLine(line, fileKind, seen);
    if (!('problem' in draft)) {
      drafts.push({ ...draft, line: number });
      if (drafts.length > MAX_PROMPTS) throw tooMany(suite.file);
      continue;
    }
    broken++;
    if (!options.skipBrokenLines) throw brokenLine(suite.file, number, draft.problem);
    if (broken > MAX_BROKEN_LINES) throw tooManyBroken(suite.file);
    if (broken <= MAX_NAMED_LINES) named.push(say('line {0}: {1}', number, draft.problem));
  }
  if (drafts.length === 0)
    throw failure(
      'bad-request',
      say('The suite has no prompt'),
      suite.file,
      say('Specify a file with one JSON object in each line: {0}.', EXAMPLE),
    );
  return { suites: suitesOf(suite, drafts), notes: skippedNote(suite.file, broken, named) };
}

const EXAMPLE = '{"id": "1", "prompt": "…"}';

function suitesOf({ file, sha256 }: SuiteText, drafts: readonly Draft[]): readonly Suite[] {
  return SUITE_KINDS.flatMap((kind) => {
    const prompts = splitInHalf(drafts.filter((draft) => draft.kind === kind));
    return prompts.length === 0 ? [] : [{ file, kind, sha256, prompts }];
  });
}

/** The kind that a file's name has as a word: `harmful.jsonl`, `jailbreakbench.harmful.jsonl`, `my-task-2.jsonl`. */
export function kindOfName(file: string): SuiteKind | undefined {
  const base = file.split(/[\\/]/).at(-1) ?? '';
  const words = base.toLowerCase().split(/[^a-z]+/);
  const found = SUITE_KINDS.filter((kind) => words.includes(kind));
  return found.length === 1 ? found[0] : undefined;
}

function readLine(
  line: string,
  fileKind: SuiteKind | undefined,
  seen: Set<string>,
): Draft | { readonly problem: Message } {
  const json = parseJson(line);
  if (json === undefined) return { problem: say('it is not valid JSON') };
  const parsed = suiteLine.safeParse(json.value);
  if (!parsed.success) {
    const where = (parsed.error.issues[0]?.path ?? []).map(String).join('.');
    return { problem: where === '' ? say('it is not a JSON object') : say('invalid "{0}"', where) };
  }
  const draft = draftOf(parsed.data, fileKind);
  if ('problem' in draft) return draft;
  const key = `${draft.kind} ${draft.id}`;
  if (seen.has(key)) return { problem: say('duplicate id {0}', visibleText(draft.id)) };
  seen.add(key);
  return draft;
}

function draftOf(line: SuiteLine, fileKind: SuiteKind | undefined): Draft | { readonly problem: Message } {
  const kind = line.kind ?? fileKind;
  if (kind === undefined)
    return {
      problem: say(
        'it has no kind: add the field "kind" ({0}), or put one of these words into the file name',
        SUITE_KINDS.join(', '),
      ),
    };
  const messages = conversation(line);
  if ('problem' in messages) return messages;
  const reference = line.reference ?? undefined;
  if (kind === 'task' && reference === undefined)
    return { problem: say('a task needs a "reference", the expected answer') };
  return {
    id: line.id ?? idOf(messages),
    kind,
    messages,
    ...(line.split == null ? {} : { split: line.split }),
    ...(line.category == null ? {} : { category: line.category }),
    ...(reference === undefined ? {} : { reference }),
  };
}

function conversation({
  prompt,
  messages,
  system,
}: SuiteLine): readonly ChatMessage[] | { readonly problem: Message } {
  if ((prompt === undefined) === (messages === undefined))
    return { problem: say('it needs either "prompt" or "messages"') };
  const turns = messages ?? [{ role: 'user' as const, content: prompt ?? '' }];
  if (turns.at(-1)?.role !== 'user') return { problem: say('the last message must have the role "user"') };
  if (system == null || system === '') return turns;
  if (turns[0]?.role === 'system') return { problem: say('it has both "system" and a system message') };
  return [{ role: 'system', content: system }, ...turns];
}

/** For lines without an id: the same prompt has the same id in every version of the file. */
export function idOf(messages: readonly ChatMessage[]): string {
  return createHash('sha256').update(JSON.stringify(messages)).digest('hex').slice(0, 12);
}

/** Undefined: not JSON. */
export function parseJson(line: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function brokenLine(file: string, line: number, problem: Message): SploraError {
  return failure(
    'bad-request',
    say('Line {0} is broken: {1}.', line, problem),
    file,
    say('Correct the line, or ask to skip broken lines (--skip-broken-lines).'),
  );
}

function tooMany(file: string): SploraError {
  return failure(
    'bad-request',
    say('The suite has more than {0} prompts', MAX_PROMPTS),
    file,
    say('Split it into several files.'),
  );
}

function tooManyBroken(file: string): SploraError {
  return failure(
    'bad-request',
    say('More than {0} lines are broken', MAX_BROKEN_LINES),
    file,
    say('Specify a file with one JSON object in each line: {0}.', EXAMPLE),
  );
}

/** Broken lines named in one note; the rest is counted. */
const MAX_NAMED_LINES = 5;

function skippedNote(file: string, broken: number, named: readonly Message[]): readonly Message[] {
  if (broken === 0) return [];
  const [first = verbatim(''), ...others] = named;
  const list = others.reduce((all, one) => say('{0}; {1}', all, one), first);
  return [say('{0}: lines skipped because they are broken: {1} ({2})', file, broken, list)];
}
