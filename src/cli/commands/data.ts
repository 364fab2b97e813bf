import * as z from 'zod/mini';
import {
  DERTA_FORMATS,
  DERTA_SETS,
  dertaData,
  type DertaOptions,
  type DertaTriple,
} from '../../core/data/derta';
import { badRequest, failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { choice, flag, integer, pathOption, type OptionValues } from '../../core/options';
import { writeFileAtomically } from '../../io/atomicWrite';
import { openByteSource } from '../../io/byteSource';
import type { Define } from '../define';
import { addFlags } from '../flags';
import { documentText, EXIT, fullText } from '../output';

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ROWS = 1_000_000;
/** Of the published set. */
const ROWS = 3000;

const DERTA_FLAGS = {
  out: pathOption('File to write (JSON lines); it must not exist.'),
  set: {
    ...choice(DERTA_SETS, 'Which rows.', {
      derta: 'Refusals at each position of harmful answers, and safe answers after their beginnings.',
      recaug: 'Only safe answers after beginnings of harmful ones.',
      vanilla: 'Only safe answers.',
    }),
    default: 'derta',
  },
  format: {
    ...choice(DERTA_FORMATS, 'Of the rows.', {
      published: "Those of the authors' trainer: prefix, text, safe.",
      chat: 'Messages with a begun answer, and what is trained on.',
      expanded:
        'For trainers without labels for each position: a row for 5 % of the words of harmful answers.',
    }),
    default: 'published',
  },
  seed: { ...integer('Seed of the cuts.', { minimum: 0 }), default: 0 },
  rows: {
    ...integer('At most so many rows of each kind.', { minimum: 1, maximum: MAX_ROWS }),
    default: ROWS,
  },
  json: flag('Print what was written as JSON.'),
} as const;

type DertaFlags = DertaOptions & { readonly out: string; readonly json?: boolean };

const HELP = `
The file has one JSON object a line: {"question": …, "safe": …, "harmful": …}. Harmful answers are never printed.
Mix the rows with your own helpful data before you train (published: 60,000 to 6,000).

Example:
  $ splora data derta triples.jsonl --out derta.jsonl --seed 1

Exit codes: 0 done, 2 error.`;

/** `splora data derta`. */
export const defineData: Define = (command, terminal, done) => {
  command.description('Make training data for safer adapters.');
  const derta = command
    .command('derta')
    .description('DeRTa: teach a model to refuse after any beginning of a harmful answer.')
    .argument('<file>', 'triples of question, safe and harmful answer, as JSON lines');
  addFlags(derta, DERTA_FLAGS)
    .addHelpText('after', HELP)
    .action(async (file: string, flags: Partial<OptionValues<typeof DERTA_FLAGS>>) => {
      const { out, set = 'derta', format = 'published', seed = 0, rows = ROWS, json } = flags;
      if (out === undefined) throw badRequest(say('--out is missing.'), say('Name the file to write.'));
      terminal.out(await write(file, { out, set, format, seed, rows, json: json === true }));
      done(EXIT.ok);
    });
};

async function write(file: string, { out, json, ...options }: DertaFlags): Promise<string> {
  const { rows, short } = dertaData(await readTriples(file), options);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFileAtomically(out, text, { replace: false });
  if (json === true) return documentText({ out, ...options, rows: rows.length, short });
  const note =
    short === 0 ? '' : `- ${short} harmful answers have fewer than three words and no beginning.\n`;
  return `${rows.length} rows (${options.set}, ${options.format}, seed ${options.seed}), ${fullText(out)}\n${note}`;
}

const triple = z.object({ question: z.string(), safe: z.string(), harmful: z.string() });

/** @throws SploraError `bad-request` with the line at fault, `io`, `not-found` */
async function readTriples(file: string): Promise<readonly DertaTriple[]> {
  const text = await readText(file);
  const triples: DertaTriple[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = triple.safeParse(parsed(line));
    if (!read.success)
      throw unreadable(file, say('Line {0} has no question, safe and harmful answer', at + 1));
    if (triples.length >= MAX_ROWS) throw unreadable(file, say('The file has more than {0} rows', MAX_ROWS));
    triples.push(read.data);
  }
  if (triples.length === 0) throw unreadable(file, say('The file has no rows'));
  return triples;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string> {
  const source = await openByteSource(file);
  try {
    if (source.size > MAX_BYTES) throw unreadable(file, say('The file is larger than {0} bytes', MAX_BYTES));
    const bytes = new Uint8Array(source.size);
    await source.readInto(bytes, 0);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw unreadable(file, say('The file is not valid UTF-8'));
    throw error;
  } finally {
    await source.close();
  }
}

const unreadable = (file: string, message: Message): SploraError =>
  failure('bad-request', message, file, say('Write one JSON object a line: question, safe, harmful.'));
