import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { failure, type SploraError } from '../../../core/errors';
import { say } from '../../../core/message';
import { isRecord } from '../../../core/record';
import { visibleText } from '../../../core/report/escape';
import type { LoopTurns } from '../../loopTurns';
import { MAX_IMPORT_ROWS, MAX_TEXT_LENGTH } from '../limits';
import { fieldsOf } from './fields';
import type { Fields } from './types';

export interface CsvText {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  /** The same. */
  readonly text: string;
  readonly file: string;
}

/**
 * Rows of CSV with a head. The head says what separates columns: tabs, semicolons (spreadsheets in many countries), or
 * commas.
 * @throws SploraError `bad-request`, `cancelled`
 */
export async function parseCsv({ bytes, text, file }: CsvText, turns: LoopTurns): Promise<readonly Fields[]> {
  const parser = parse({
    bom: true,
    columns: true,
    delimiter: separatorOf(text),
    max_record_size: 2 * MAX_TEXT_LENGTH,
    relax_column_count: true,
    // As Python's reader: a quote within a field that is not quoted is a quote.
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const all: Fields[] = [];
  try {
    for await (const row of Readable.from(pieces(bytes)).pipe(parser) as AsyncIterable<unknown>) {
      if (turns.isDue()) await turns.next();
      if (all.length === MAX_IMPORT_ROWS) throw tooManyRows(file);
      if (isRecord(row)) all.push(fieldsOf(row));
    }
    return all;
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    throw failure(
      'bad-request',
      say('The CSV is broken: {0}', visibleText(thrown.message, 500)),
      file,
      say('Check the quotes: a quote within a quoted field is written twice.'),
    );
  }
}

/** The parser works on one without a pause. */
const PIECE_BYTES = 64 * 1024;

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

export function tooManyRows(file: string): SploraError {
  return failure(
    'bad-request',
    say('The file has more than {0} rows', MAX_IMPORT_ROWS),
    file,
    say('Split it into several files.'),
  );
}

function separatorOf(text: string): string {
  const [head = ''] = text.split('\n', 1);
  const counts = ['\t', ';', ','].map((separator) => [separator, head.split(separator).length] as const);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}
