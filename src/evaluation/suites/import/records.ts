import path from 'node:path';
import { failure, type SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { isRecord } from '../../../core/record';
import { readSmallFile } from '../../../io/folderFiles';
import type { ImportFormat } from '../../../protocol/evaluatorApi';
import type { LoopTurns } from '../../loopTurns';
import { MAX_IMPORT_BYTES, MAX_IMPORT_ROWS, MAX_JSON_LENGTH } from '../limits';
import { linesOf, type Line } from '../lines';
import { parseJson } from '../parseSuite';
import { parseCsv, tooManyRows } from './csv';
import { fieldsOf } from './fields';
import type { Fields } from './types';

type Container = 'csv' | 'json' | 'jsonl' | 'text';

const BY_EXTENSION: ReadonlyMap<string, Container> = new Map([
  ['.csv', 'csv'],
  ['.tsv', 'csv'],
  ['.json', 'json'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.txt', 'text'],
]);

/**
 * The rows of a file, as its extension says: CSV or TSV with a head, a JSON list, JSON lines, or a prompt in each line.
 * @throws SploraError `not-found`, `io`, `bad-request`, `cancelled`
 */
export async function readRecords(
  file: string,
  format: ImportFormat | undefined,
  turns: LoopTurns,
): Promise<readonly Fields[]> {
  const container = containerOf(file, format);
  const bytes = await readSmallFile(file, MAX_IMPORT_BYTES);
  if (bytes === undefined)
    throw failure('not-found', say('File not found'), file, say('Check that the path exists.'));
  const text = decoded(bytes, file);
  if (container === 'csv') return await parseCsv({ bytes, text, file }, turns);
  if (container === 'json') return await mapped(jsonList(text, file), file, turns, fieldsOf);
  const row = container === 'jsonl' ? jsonLine : textLine;
  return await mapped(linesOf(text, turns), file, turns, (line) => row(line, file));
}

/** @throws SploraError `bad-request` for more rows than a file may have */
async function mapped<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  file: string,
  turns: LoopTurns,
  map: (row: T) => Fields,
): Promise<readonly Fields[]> {
  const all: Fields[] = [];
  for await (const row of rows) {
    if (turns.isDue()) await turns.next();
    if (all.length === MAX_IMPORT_ROWS) throw tooManyRows(file);
    all.push(map(row));
  }
  return all;
}

function containerOf(file: string, format: ImportFormat | undefined): Container {
  if (format === 'csv' || format === 'jsonl' || format === 'text') return format;
  const container = BY_EXTENSION.get(path.extname(file).toLowerCase());
  if (container !== undefined) return container;
  throw bad(
    file,
    say('Unknown file type'),
    say(
      'Allowed extensions: {0}. Parquet files must be converted first.',
      [...BY_EXTENSION.keys()].join(', '),
    ),
  );
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw bad(file, say('The file is not UTF-8 text'), say('Save it as UTF-8.'));
  }
}

const textLine = ({ text }: Line): Fields => new Map([['prompt', text.trim()]]);

function jsonLine({ number, text }: Line, file: string): Fields {
  const value = parseJson(text)?.value;
  if (isRecord(value)) return fieldsOf(value);
  throw bad(file, say('Line {0} is not a JSON object', number), say('Correct or delete the line.'));
}

function jsonList(text: string, file: string): readonly Readonly<Record<string, unknown>>[] {
  if (text.length > MAX_JSON_LENGTH)
    throw bad(
      file,
      say('The JSON list has more than {0} characters', MAX_JSON_LENGTH),
      say('Save it as JSON lines, with an object in each line.'),
    );
  const value = parseJson(text)?.value;
  const list = isRecord(value) ? Object.values(value).find(Array.isArray) : value;
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw bad(
    file,
    say('The file is not a JSON list of objects'),
    say('Specify JSON lines, a JSON list, or CSV.'),
  );
}

const bad = (file: string, message: Message, advice: Message): SploraError =>
  failure('bad-request', message, file, advice);
