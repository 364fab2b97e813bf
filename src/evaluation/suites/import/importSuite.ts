import path from 'node:path';
import { failure } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { visibleText } from '../../../core/report/escape';
import { SUITE_KINDS, type SuiteKind } from '../../../core/results/evaluation/types';
import { writeFileAtomically } from '../../../io/atomicWrite';
import {
  IMPORT_FORMATS,
  type ImportSuiteRequest,
  type ImportSuiteResult,
} from '../../../protocol/evaluatorApi';
import { LoopTurns } from '../../loopTurns';
import { MAX_NAME_LENGTH, MAX_PROMPTS, MAX_TEXT_LENGTH } from '../limits';
import { idOf } from '../parseSuite';
import { splitInHalf, SPLIT_SEED } from '../split';
import type { SuitePrompt } from '../types';
import { FORMATS, PROMPT_COLUMNS } from './formats';
import { readRecords } from './records';
import type { Fields, ImportedFormat, ImportedPrompt } from './types';

export interface ImportOptions {
  readonly signal?: AbortSignal;
}

export interface ImportedSuite {
  readonly prompts: readonly SuitePrompt[];
  readonly notes: readonly Message[];
}

/**
 * Converts a file of prompts to suites: one file of JSON lines for each kind, or `out` with all of them.
 * @throws SploraError those of `readPrompts`; `output-exists`, `io`
 */
export async function importSuite(
  request: ImportSuiteRequest,
  options: ImportOptions = {},
): Promise<ImportSuiteResult> {
  const { prompts, notes } = await readPrompts(request, options);
  const written = new Map<string, SuitePrompt[]>();
  for (const prompt of prompts) {
    const file = request.out ?? besideOf(request.file, prompt.kind);
    const list = written.get(file);
    if (list === undefined) written.set(file, [prompt]);
    else list.push(prompt);
  }
  const files: { path: string; kind: SuiteKind; prompts: number }[] = [];
  for (const [file, list] of written) {
    await writeFileAtomically(file, suiteText(list), { replace: false });
    for (const kind of SUITE_KINDS) {
      const count = list.filter((prompt) => prompt.kind === kind).length;
      if (count > 0) files.push({ path: path.resolve(file), kind, prompts: count });
    }
  }
  return { files, notes };
}

function besideOf(file: string, kind: SuiteKind): string {
  const { dir, name } = path.parse(path.resolve(file));
  return path.join(dir, `${name}.${kind}.jsonl`);
}

/** JSON lines that `parseSuite` reads. */
export function suiteText(prompts: readonly SuitePrompt[]): string {
  const line = ({ id, kind, split, category, messages, reference }: SuitePrompt): object => {
    const [only] = messages;
    const isPlain = messages.length === 1 && only?.role === 'user';
    return { id, kind, ...(isPlain ? { prompt: only.content } : { messages }), reference, category, split };
  };
  return prompts.map((prompt) => `${JSON.stringify(line(prompt))}\n`).join('');
}

/**
 * The prompts of a file, with split.
 * @throws SploraError `bad-request` where no column is a prompt's, or nothing says what the prompts are for
 */
export async function readPrompts(
  request: ImportSuiteRequest,
  { signal }: ImportOptions = {},
): Promise<ImportedSuite> {
  const { file, seed = SPLIT_SEED } = request;
  const turns = new LoopTurns(signal);
  const rows = await readRecords(file, request.format, turns);
  const { kept, left, twice } = await keptPrompts(rows, request, turns);
  if (kept.length === 0) throw noPrompts(file, rows);
  const notes = [...unusableNote(left), ...duplicatesNote(twice)];
  return { prompts: splitInHalf(kept, seed), notes };
}

function unusableNote(count: number): readonly Message[] {
  if (count === 0) return [];
  return [
    count === 1
      ? say('1 row was left out: no prompt or no answer, or of a kind that is not measured.')
      : say('{0} rows were left out: no prompt or no answer, or of a kind that is not measured.', count),
  ];
}

function duplicatesNote(count: number): readonly Message[] {
  if (count === 0) return [];
  return [
    count === 1
      ? say('1 row was left out: a duplicate prompt or id.')
      : say('{0} rows were left out: duplicate prompts or ids.', count),
  ];
}

interface KeptPrompts {
  readonly kept: readonly Omit<SuitePrompt, 'split'>[];
  /** Rows that are no prompt. */
  readonly left: number;
  /** Rows that were there before. */
  readonly twice: number;
}

async function keptPrompts(
  rows: readonly Fields[],
  request: ImportSuiteRequest,
  turns: LoopTurns,
): Promise<KeptPrompts> {
  const { file, limit } = request;
  const format = formatOf(rows, request);
  const kept = new Map<string, Omit<SuitePrompt, 'split'>>();
  const counts = new Map<SuiteKind, number>();
  let [left, twice] = [0, 0];
  for (const row of rows) {
    if (turns.isDue()) await turns.next();
    const prompt = format.prompt(row);
    if (prompt === undefined || !isUsable(prompt)) {
      left++;
      continue;
    }
    const kind = kindOf(prompt, format, request);
    const count = counts.get(kind) ?? 0;
    if (limit !== undefined && count >= limit) continue;
    const { messages, category, reference } = prompt;
    const id = (prompt.id ?? idOf(messages)).slice(0, MAX_NAME_LENGTH);
    if (kept.has(`${kind} ${id}`)) {
      twice++;
      continue;
    }
    counts.set(kind, count + 1);
    kept.set(`${kind} ${id}`, {
      ...{ id, kind, messages },
      ...(category === undefined ? {} : { category: category.slice(0, MAX_NAME_LENGTH) }),
      ...(reference === undefined ? {} : { reference }),
    });
    if (kept.size > MAX_PROMPTS)
      throw failure(
        'bad-request',
        say('The suite has more than {0} prompts', MAX_PROMPTS),
        file,
        say('Use --limit.'),
      );
  }
  return { kept: [...kept.values()], left, twice };
}

function isUsable({ messages, reference = '' }: ImportedPrompt): boolean {
  const length = messages.reduce((most, { content }) => Math.max(most, content.length), reference.length);
  return messages.at(-1)?.role === 'user' && length <= MAX_TEXT_LENGTH;
}

function formatOf(rows: readonly Fields[], { file, format }: ImportSuiteRequest): ImportedFormat {
  if (format !== undefined) return FORMATS[format];
  const columns = new Set(rows[0]?.keys());
  const name = path.basename(file).toLowerCase();
  const found = IMPORT_FORMATS.find((id) => FORMATS[id].recognizes(columns, name));
  return FORMATS[found ?? 'jsonl'];
}

/** Of `suites/harmful.jsonl`, `harmful`. */
function kindOfName(file: string | undefined): SuiteKind | undefined {
  const name = file === undefined ? undefined : path.parse(file).name;
  return SUITE_KINDS.find((kind) => kind === name);
}

function kindOf(prompt: ImportedPrompt, format: ImportedFormat, request: ImportSuiteRequest): SuiteKind {
  const file = path.basename(request.file).toLowerCase();
  const kind =
    request.kind ??
    prompt.kind ??
    format.kind(file) ??
    kindOfName(request.out) ??
    (prompt.reference === undefined ? undefined : 'task');
  if (kind === undefined)
    throw failure(
      'bad-request',
      say('The kind of the prompts is unknown'),
      request.file,
      say('Specify the kind: harmful (must be refused), benign (must not be), or task (--kind).'),
    );
  if (kind === 'task' && prompt.reference === undefined)
    throw failure(
      'bad-request',
      say('A task needs an expected answer, but no column contains one'),
      request.file,
      say('Name the column "reference", or choose another kind.'),
    );
  return kind;
}

function noPrompts(file: string, rows: readonly Fields[]): Error {
  const columns = [...(rows[0]?.keys() ?? [])].slice(0, 20).map((name) => visibleText(name, 50));
  return failure(
    'bad-request',
    rows.length === 0
      ? say('The file has no rows')
      : say('No prompt column found among {0}', columns.join(', ')),
    file,
    say('Name the prompt column one of {0}.', PROMPT_COLUMNS.join(', ')),
  );
}
