import { CsvError, parse } from 'csv-parse/sync';
import { failure, type SploraError } from '../../../core/errors';
import { say } from '../../../core/message';
import { isRecord } from '../../../core/record';
import { visibleText } from '../../../core/report/escape';
import { MAX_IMPORT_ROWS, MAX_TEXT_LENGTH } from '../limits';
import { fieldsOf } from './fields';
import type { Fields } from './types';

/**
 * Rows of CSV with a head. The head says what separates columns: tabs, semicolons (spreadsheets in many countries), or
 * commas.
 * @throws SploraError `bad-request`
 */
export function parseCsv(text: string, file: string): readonly Fields[] {
  try {
    const rows: unknown = parse(text, {
      bom: true,
      columns: true,
      delimiter: separatorOf(text),
      max_record_size: 2 * MAX_TEXT_LENGTH,
      relax_column_count: true,
      // As Python's reader: a quote within a field that is not quoted is a quote.
      relax_quotes: true,
      skip_empty_lines: true,
      to: MAX_IMPORT_ROWS + 1,
    });
    if (!Array.isArray(rows)) return [];
    if (rows.length > MAX_IMPORT_ROWS) throw tooManyRows(file);
    return rows.filter(isRecord).map(fieldsOf);
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
