import path from 'node:path';
import { failure, type SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { isRecord } from '../../../core/record';
import { readSmallFile } from '../../../io/folderFiles';
import type { ImportFormat } from '../../../protocol/evaluatorApi';
import { MAX_IMPORT_BYTES, MAX_IMPORT_ROWS } from '../limits';
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
 * @throws SploraError `not-found`, `io`, `bad-request`
 */
export async function readRecords(
  file: string,
  format: ImportFormat | undefined,
): Promise<readonly Fields[]> {
  const container = containerOf(file, format);
  const bytes = await readSmallFile(file, MAX_IMPORT_BYTES);
  if (bytes === undefined)
    throw failure('not-found', say('There is no such file'), file, say('Check that the path exists.'));
  const text = decoded(bytes, file);
  if (container === 'text') return lines(text, file).map((line) => new Map([['prompt', line.text.trim()]]));
  if (container === 'csv') return parseCsv(text, file);
  return (container === 'jsonl' ? jsonLines(text, file) : jsonList(text, file)).map(fieldsOf);
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

function lines(text: string, file: string): readonly Line[] {
  const all: Line[] = [];
  for (const line of linesOf(text)) {
    if (all.length === MAX_IMPORT_ROWS) throw tooManyRows(file);
    all.push(line);
  }
  return all;
}

type JsonObject = Readonly<Record<string, unknown>>;

function jsonLines(text: string, file: string): readonly JsonObject[] {
  return lines(text, file).map(({ number, text: line }) => {
    const value = parseJson(line)?.value;
    if (isRecord(value)) return value;
    throw bad(file, say('Line {0} is not a JSON object', number), say('Correct or delete the line.'));
  });
}

function jsonList(text: string, file: string): readonly JsonObject[] {
  const value = parseJson(text)?.value;
  const list = isRecord(value) ? Object.values(value).find(Array.isArray) : value;
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw bad(
    file,
    say('The file is not a JSON list of objects'),
    say('Give JSON lines, a JSON list, or CSV.'),
  );
}

const bad = (file: string, message: Message, advice: Message): SploraError =>
  failure('bad-request', message, file, advice);
