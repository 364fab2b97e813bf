import { uniforms } from '../algebra/random';

/** A harmful question with both kinds of answers. */
export interface DertaTriple {
  readonly question: string;
  readonly safe: string;
  readonly harmful: string;
}

/** `derta`: both kinds of rows; `recaug`: only safe answers after harmful beginnings; `vanilla`: only safe answers. */
export const DERTA_SETS = ['derta', 'recaug', 'vanilla'] as const;
export type DertaSet = (typeof DERTA_SETS)[number];

/**
 * `published`: rows of the authors' trainer. `chat`: messages, the last one begun. `expanded`: for trainers that know no
 * labels for each position: a row for some of the positions of a harmful answer.
 */
export const DERTA_FORMATS = ['published', 'chat', 'expanded'] as const;
export type DertaFormat = (typeof DERTA_FORMATS)[number];

export interface DertaOptions {
  readonly set: DertaSet;
  readonly format: DertaFormat;
  readonly seed: number;
  /** At most so many rows of each kind. */
  readonly rows: number;
}

export type DertaRow = Readonly<Record<string, unknown>>;

export interface DertaData {
  readonly rows: readonly DertaRow[];
  /** Harmful answers of fewer than three words, which have no beginning to cut off. */
  readonly short: number;
}

const EOS = '<|end_of_text|>';
/** What a model should say at each position of a harmful answer. */
export const REFUSAL = 'Sorry';
/** Of the words of an answer, with `expanded`: as many as the authors' script for full tuning keeps. */
const SHARE = 1 / 20;
/** Every third beginning is empty. */
const EMPTY_EVERY = 3;
const WORDS_MIN = 3;

/**
 * DeRTa (Yuan et al. 2024, arXiv 2407.09121), `data/train/generate_training_data.py`: the model learns to refuse after any
 * beginning of a harmful answer. The published code has no seed.
 */
export function dertaData(triples: readonly DertaTriple[], options: DertaOptions): DertaData {
  const random = uniforms(options.seed);
  const upTo = (end: number): number => Math.floor(random() * end);
  const refusals: DertaRow[] = [];
  const continuations: DertaRow[] = [];
  let [short, refused] = [0, 0];
  triples.forEach((triple, index) => {
    const words = triple.harmful.split(' ');
    if (options.set === 'derta' && refused++ < options.rows)
      for (const row of refusalRows(triple, words, options.format, upTo)) refusals.push(row);
    if (words.length < WORDS_MIN) short++;
    if (words.length < WORDS_MIN || continuations.length >= options.rows) return;
    // Drawn also where it is not used, as published.
    const drawn = 1 + upTo(words.length - 2);
    const count = options.set === 'vanilla' || index % EMPTY_EVERY === 0 ? 0 : drawn;
    continuations.push(continuationRow(triple, words.slice(0, count), options));
  });
  return { rows: [...refusals, ...continuations], short };
}

/** The spelling of the published file, the backslash included. */
const promptOf = (question: string): string => `[INST] ${question} [\\INST]`;

/** `Sorry` is the label at each position of the harmful answer. */
function refusalRows(
  { question, harmful }: DertaTriple,
  words: readonly string[],
  format: DertaFormat,
  upTo: (end: number) => number,
): readonly DertaRow[] {
  if (format === 'published')
    return [{ prefix: promptOf(question), text: ` ${harmful}${EOS}`, safe: 'true' }];
  if (format === 'chat') {
    const messages = [user(question), { role: 'assistant', content: harmful }];
    return [{ messages, train_on: 'refusal', refusal: REFUSAL }];
  }
  const counts = new Set<number>();
  const wanted = Math.max(1, Math.ceil(words.length * SHARE));
  while (counts.size < wanted) counts.add(upTo(words.length));
  return [...counts]
    .toSorted((x, y) => x - y)
    .map((count) => ({ prefix: begun(question, words.slice(0, count)), text: ` ${REFUSAL}`, safe: 'false' }));
}

function continuationRow(
  { question, safe }: DertaTriple,
  beginning: readonly string[],
  { format, set }: DertaOptions,
): DertaRow {
  if (format === 'chat') {
    const begin = { role: 'assistant', content: beginning.join(' ') };
    const messages = beginning.length === 0 ? [user(question)] : [user(question), begin];
    return { messages, train_on: 'continuation', continuation: ` ${safe}` };
  }
  // As published: an empty beginning leaves a space, but there is none in the set without beginnings.
  const prefix = set === 'vanilla' ? promptOf(question) : `${promptOf(question)} ${beginning.join(' ')}`;
  return { prefix, text: ` ${safe}${EOS}`, safe: 'false' };
}

const begun = (question: string, words: readonly string[]): string =>
  [promptOf(question), ...words].join(' ');

const user = (content: string): DertaRow => ({ role: 'user', content });
