import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { failure, type SploraError } from '../../core/errors';
import { say, verbatim, type Message } from '../../core/message';
import { isRecord } from '../../core/record';
import type { InputIdentity } from '../../core/results/types';
import { visibleText } from '../../core/report/escape';
import { displayName } from '../../core/safetensors/displayName';
import { fileInFolder, readSmallFile } from '../../io/folderFiles';
import { identityIfThere } from '../../io/inputIdentity';
import { statIfThere } from '../../io/ioError';

/** Where a tokenizer and a chat template are looked for; what the adapter brings is used. */
export interface ChatFolders {
  /** Null: no adapter, or only its weights file is known. */
  readonly adapter: string | null;
  readonly model: string;
}

export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** All that `openTokenizer` and `openTemplate` read. */
const CHAT_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'generation_config.json',
  'config.json',
  'chat_template.jinja',
  'chat_template.json',
] as const;

/** Differ where another tokenizer or chat template would be read. */
export async function chatIdentities({ adapter, model }: ChatFolders): Promise<readonly InputIdentity[]> {
  const folders = adapter === null ? [model] : [adapter, model];
  return await Promise.all(
    folders.flatMap((folder) => CHAT_FILES.map((name) => identityIfThere(join(folder, name)))),
  );
}

/** The configs of real tokenizers have up to 1.5 MB. */
export const CONFIG_BYTES_MAX = 16 * 1024 * 1024;

/** A file of UTF-8 text; undefined where the folder has none. @throws SploraError 'io', 'bad-index' (a link out of the folder), 'bad-config' */
export async function textIn(folder: string, name: string, limit: number): Promise<TextFile | undefined> {
  const file = join(folder, name);
  if ((await statIfThere(file)) === undefined) return undefined;
  const bytes = await readSmallFile(await fileInFolder(folder, name), limit);
  if (bytes === undefined) return undefined;
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (thrown) {
    if (thrown instanceof TypeError) throw badFile(file, say('it is not UTF-8 text'), { cause: thrown });
    throw thrown;
  }
}

export interface JsonFile extends TextFile {
  readonly json: Readonly<Record<string, unknown>>;
}

/** A file that holds a JSON object; undefined where the folder has none. Errors: those of `textIn`. */
export async function jsonIn(
  folder: string,
  name: string,
  limit = CONFIG_BYTES_MAX,
): Promise<JsonFile | undefined> {
  const found = await textIn(folder, name, limit);
  if (found === undefined) return undefined;
  const json = parse(found);
  if (!isRecord(json)) throw badFile(found.file, say('it is not a JSON object'));
  return { ...found, json };
}

function parse({ file, text }: TextFile): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw badFile(file, say('it is not valid JSON'), { cause: thrown });
    throw thrown;
  }
}

/** `bad-config` for a file of a tokenizer or a chat template. */
export function badFile(file: string, why: Message, options?: ErrorOptions): SploraError {
  const message = say('{0} cannot be used: {1}', displayName(basename(file)), why);
  const error = failure('bad-config', message, file, ENDPOINT_ADVICE);
  if (options?.cause !== undefined) error.cause = options.cause;
  return error;
}

const ENDPOINT_ADVICE = say(
  'Get the file from its source again, or measure with an endpoint that serves the model.',
);

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a library said, as text for users. */
export function thrownText(thrown: unknown): Message {
  return verbatim(visibleText(thrown instanceof Error ? thrown.message : String(thrown)));
}
