import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import * as z from 'zod/mini';
import { failure } from '../core/errors';
import { say } from '../core/message';
import { VERDICTS } from '../core/results/evaluation/types';
import { TOOL } from '../core/tool';
import { readSmallFile } from '../io/folderFiles';
import { ioError } from '../io/ioError';
import type { RunnerRecord } from '../core/results/evaluation/types';
import type { MeasurePlan } from './plan';
import { REFUSAL_RULES_VERSION } from './scorers/refusal/refusal';
import { parseJson } from './suites/parseSuite';

/** A million short answers; a string of JavaScript holds no more than twice this. */
const MAX_JOURNAL_BYTES = 256 * 1024 * 1024;
const JOURNAL_VERSION = 1;

/** What a journal keeps: an answer, the score of a text, a verdict of a judge, the state of a fit. */
const entry = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('answer'),
    key: z.string(),
    text: z.string(),
    tokens: z.int().check(z.nonnegative()),
    ended: z.enum(['stop', 'length']),
  }),
  z.object({
    type: z.literal('score'),
    key: z.string(),
    /** Mean log-probability; null: the text has no token. */
    mean: z.nullable(z.number()),
    /** Share of tokens that are most probable; null: the text has no token. */
    top: z.nullable(z.number().check(z.gte(0), z.lte(1))),
  }),
  z.object({ type: z.literal('verdict'), key: z.string(), verdict: z.enum(VERDICTS) }),
  /** Where a fit of gates is; its own parser reads it. */
  z.object({ type: z.literal('fit'), key: z.string(), state: z.unknown() }),
]);
export type JournalEntry = z.infer<typeof entry>;
type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;

const header = z.object({ splora: z.literal('evaluation-journal'), version: z.int(), hash: z.string() });

/**
 * Finished answers, scores and verdicts of one measurement, so that nothing is asked twice: in memory, and in a file of
 * JSON lines that is only appended to. The first line has the hash of everything that the answers depend on.
 */
export class Journal {
  readonly #entries = new Map<string, JournalEntry>();
  #failed: unknown;

  private constructor(
    private readonly file: { readonly path: string; readonly handle: FileHandle } | undefined,
  ) {}

  /**
   * @param path absent: nothing is kept
   * @throws SploraError `bad-request` for a file of another measurement; `io`
   */
  static async open(path: string | undefined, hash: string): Promise<Journal> {
    if (path === undefined) return new Journal(undefined);
    const bytes = await readSmallFile(path, MAX_JOURNAL_BYTES);
    const headerLine = `${JSON.stringify({ splora: 'evaluation-journal', version: JOURNAL_VERSION, hash })}\n`;
    const text = bytes === undefined ? '' : new TextDecoder().decode(bytes);
    // What follows the last line end was being written when the process was killed.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first = '', ...lines] = whole.split('\n');
    if (!headerLine.startsWith(text)) checkHeader(path, first, hash);
    const handle = await openHandle(path);
    const journal = new Journal({ path, handle });
    try {
      await handle.truncate(Buffer.byteLength(whole));
      if (whole === '') await handle.appendFile(headerLine);
    } catch (thrown) {
      await handle.close();
      throw ioError(thrown, 'Writing the output failed: {0}', path);
    }
    for (const line of lines) {
      const parsed = entry.safeParse(parseJson(line)?.value);
      if (parsed.success) journal.#entries.set(mapKey(parsed.data.type, parsed.data.key), parsed.data);
    }
    return journal;
  }

  get<T extends JournalEntry['type']>(type: T, key: string): EntryOf<T> | undefined {
    const found = this.#entries.get(mapKey(type, key));
    // Entries are kept under their type.
    return found as EntryOf<T> | undefined;
  }

  /** In the file when it returns, since a cancel may kill this process; a failure of the file is thrown by `flush`. */
  add(added: JournalEntry): void {
    this.#entries.set(mapKey(added.type, added.key), added);
    const { file } = this;
    if (file === undefined || this.#failed !== undefined) return;
    try {
      appendFileSync(file.handle.fd, `${JSON.stringify(added)}\n`);
    } catch (thrown) {
      this.#failed = thrown;
    }
  }

  /** @throws SploraError `io` when something could not be written */
  flush(): Promise<void> {
    const { file } = this;
    if (this.#failed === undefined || file === undefined) return Promise.resolve();
    return Promise.reject(ioError(this.#failed, 'Writing the output failed: {0}', file.path));
  }

  async close(): Promise<void> {
    await this.file?.handle.close();
  }
}

const mapKey = (type: JournalEntry['type'], key: string): string => `${type} ${key}`;

async function openHandle(path: string): Promise<FileHandle> {
  try {
    // It holds answers to harmful prompts: for this user alone.
    return await open(path, 'a+', 0o600);
  } catch (thrown) {
    throw ioError(thrown, 'Creating the file failed: {0}', path);
  }
}

function checkHeader(path: string, line: string, hash: string): void {
  const parsed = header.safeParse(parseJson(line)?.value);
  if (!parsed.success)
    throw failure(
      'bad-request',
      say('The file is not the journal of a measurement'),
      path,
      say('Specify a new file, or the journal of the interrupted measurement.'),
    );
  if (parsed.data.version !== JOURNAL_VERSION || parsed.data.hash !== hash)
    throw failure(
      'bad-request',
      say(
        'The journal belongs to another measurement: adapter, model, suites, variants, settings, or the address or version of the server differ',
      ),
      path,
      say('Measure with the same inputs as before, or name a new file.'),
    );
}

/** Of everything that an answer or its verdict depends on. Split and limit choose prompts, and may change. */
export function measurementHash(
  { request, variants, suites, inputs, maxNewTokens }: MeasurePlan,
  runner: RunnerRecord,
): string {
  const { noiseFloor: _noise, ...software } = runner;
  const { confirmedHost: _host, ...judge } = request.judge ?? {};
  const hashed = new Set([...suites.map(({ file }) => file), ...variants.map(({ adapter }) => adapter)]);
  const parts = {
    tool: TOOL.version,
    rules: REFUSAL_RULES_VERSION,
    // A model here is among the inputs, whatever it was called.
    aligned: runner.kind === 'onnx' ? null : request.aligned,
    system: request.system ?? null,
    judge,
    variants,
    suites: suites.map(({ file, kind, sha256 }) => ({ file, kind, sha256 })),
    // Suites and adapters have their hashes: to save one again unchanged changes nothing.
    inputs: inputs.filter(({ path }) => !hashed.has(path)),
    maxNewTokens,
    runner: software,
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
