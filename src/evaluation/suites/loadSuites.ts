import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { readSmallFile } from '../../io/folderFiles';
import { checkCancelled, reading, statIfThere } from '../../io/ioError';
import { MAX_PROMPTS, MAX_SUITE_BYTES, MAX_SUITE_FILES, MAX_SUITES_BYTES } from './limits';
import { parseSuite, type SuiteOptions, type SuiteText } from './parseSuite';
import type { ParsedSuites, Suite } from './types';

/**
 * Reads suite files, and the `.jsonl` files of folders.
 * @throws SploraError `not-found`, `io`, `bad-request`: those of `parseSuite`, and an id that two files share; `cancelled`
 */
export async function loadSuites(places: readonly string[], options: SuiteOptions): Promise<ParsedSuites> {
  const files = await suiteFiles(places);
  const parsed: ParsedSuites[] = [];
  let [bytes, prompts] = [0, 0];
  for (const file of files) {
    const read = await readText(file);
    checkCancelled(options.signal);
    bytes += read.bytes;
    if (bytes > MAX_SUITES_BYTES)
      throw tooMuch(file, say('The suites together have more than {0} bytes', MAX_SUITES_BYTES));
    const one = await parseSuite(read, options);
    prompts += one.suites.reduce((sum, suite) => sum + suite.prompts.length, 0);
    if (prompts > MAX_PROMPTS)
      throw tooMuch(file, say('The suites together have more than {0} prompts', MAX_PROMPTS));
    parsed.push(one);
  }
  const suites = parsed.flatMap((one) => one.suites);
  checkIds(suites);
  return { suites, notes: parsed.flatMap(({ notes }) => notes) };
}

const tooMuch = (file: string, message: Message): SploraError =>
  failure('bad-request', message, file, say('Measure with fewer suites at once.'));

async function suiteFiles(places: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const place of places) {
    for (const file of await filesAt(place)) files.add(path.resolve(file));
    if (files.size > MAX_SUITE_FILES)
      throw failure('bad-request', say('More than {0} suite files were specified', MAX_SUITE_FILES), place);
  }
  if (files.size === 0)
    throw failure(
      'bad-request',
      say('No suite was specified.'),
      undefined,
      say('Specify a suite file, or a folder with harmful.jsonl, benign.jsonl and task.jsonl.'),
    );
  return [...files];
}

async function filesAt(place: string): Promise<readonly string[]> {
  const found = await statIfThere(place);
  if (found === undefined)
    throw failure('not-found', say('Suite not found'), place, say('Check that the path exists.'));
  if (!found.isDirectory()) return [place];
  const names = await reading(place, () => readdir(place));
  const suites = names.filter((name) => name.toLowerCase().endsWith('.jsonl')).sort();
  if (suites.length === 0)
    throw failure(
      'not-found',
      say('The folder has no .jsonl file'),
      place,
      say('Specify a suite file, or a folder with harmful.jsonl, benign.jsonl and task.jsonl.'),
    );
  return suites.map((name) => path.join(place, name));
}

async function readText(file: string): Promise<SuiteText & { readonly bytes: number }> {
  const bytes = await readSmallFile(file, MAX_SUITE_BYTES);
  if (bytes === undefined) throw failure('not-found', say('Suite not found'), file);
  try {
    // A byte order mark is dropped.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { file, text, sha256, bytes: bytes.length };
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw failure('bad-request', say('The suite is not UTF-8 text'), file, say('Save it as UTF-8.'));
  }
}

function checkIds(suites: readonly Suite[]): void {
  const seen = new Map<string, string>();
  for (const { file, kind, prompts } of suites) {
    for (const { id } of prompts) {
      const other = seen.get(`${kind} ${id}`);
      if (other !== undefined && other !== file)
        throw failure(
          'bad-request',
          say('The id {0} ({1}) is also in {2}', id, kind, other),
          file,
          say('Ids must be unique among the suites of one kind: rename one.'),
        );
      seen.set(`${kind} ${id}`, file);
    }
  }
}
