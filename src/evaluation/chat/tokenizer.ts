import { Tokenizer as Library } from '@huggingface/tokenizers';
import * as z from 'zod/mini';
import { parseModelConfigText } from '../../core/checkpoint/modelConfig';
import { failure } from '../../core/errors';
import { say, verbatim, type Message } from '../../core/message';
import { isRecord } from '../../core/record';
import { visibleText } from '../../core/report/escape';
import type { FileRecord } from '../../core/results/evaluation/types';
import { readWithDeadline, withDeadline } from './deadline';
import {
  badFile,
  CONFIG_BYTES_MAX,
  jsonIn,
  sha256,
  textIn,
  thrownText,
  type ChatFolders,
  type JsonFile,
} from './files';
import { splitLikePython } from './preTokenizers';

/** Text to token ids and back, as Python's tokenizers does it. */
export interface Tokenizer {
  readonly record: FileRecord;
  readonly notes: readonly Message[];
  /** One more than the largest id. The model's embedding may have more rows. */
  readonly size: number;
  /** An answer ends before the first of these. */
  readonly endTokens: ReadonlySet<number>;
  /** Pads batches; what it is does not matter where it is masked. */
  readonly padToken: number;
  /** What templates know as `bos_token`, `eos_token`, and so on. */
  readonly specialTokens: ReadonlyMap<string, string>;
  /** @param options.addSpecialTokens as around a text without a template, which has them already; absent: no */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): number[];
  /** Without special tokens; spaces are left as they are. */
  decode(ids: readonly number[]): string;
}

/** The largest real tokenizer.json (Gemma 3) has 33 MB. */
const TOKENIZER_BYTES_MAX = 256 * 1024 * 1024;
/** The largest vocabulary in use has 262,144 tokens. */
const ID_MAX = 4 * 1024 * 1024;
const END_TOKENS_MAX = 1000;
const TOKEN_LENGTH_MAX = 65_536;
/** Real files have 100. Longer words become the unknown token; the time for a word grows with its square and more. */
const WORD_LENGTH_MAX = 1000;

const tokenId = z.int().check(z.gte(0), z.lt(ID_MAX));
const tokenText = z.string().check(z.maxLength(TOKEN_LENGTH_MAX));
const TOKENIZER = z.looseObject({
  model: z.looseObject({
    max_input_chars_per_word: z.optional(z.nullable(z.int().check(z.gte(0), z.lte(WORD_LENGTH_MAX)))),
  }),
  added_tokens: z.optional(
    z.nullable(z.array(z.looseObject({ id: tokenId, content: tokenText, special: z.optional(z.boolean()) }))),
  ),
});
const NAMED_TOKEN = z.union([tokenText, z.looseObject({ content: tokenText })]);
const END = z.union([tokenId, z.array(tokenId).check(z.maxLength(END_TOKENS_MAX))]);

/**
 * The adapter's tokenizer where its folder has one, else the model's.
 * @param deadlineMs for making it ready; absent: that of a text
 * @throws SploraError 'not-found'; 'bad-config' for files that are broken, of an unknown kind or too slow; 'io'
 */
export async function openTokenizer(folders: ChatFolders, deadlineMs?: number): Promise<Tokenizer> {
  const own = folders.adapter === null ? undefined : await tokenizerFile(folders.adapter);
  const models = await tokenizerFile(folders.model);
  const found = own ?? models;
  if (found === undefined) throw missing(folders.model, 'tokenizer.json');
  const folder = found === own && folders.adapter !== null ? folders.adapter : folders.model;
  const config = await jsonIn(folder, 'tokenizer_config.json');
  if (config === undefined) throw missing(folder, 'tokenizer_config.json');
  const record = { file: found.file, sha256: sha256(found.text) };
  const differs = own !== undefined && models !== undefined && sha256(models.text) !== record.sha256;
  const specialTokens = namedTokens([await jsonIn(folder, 'special_tokens_map.json'), config]);
  const { library, size, skipped } = readWithDeadline(found.file, () => load(found, config), deadlineMs);
  const idOf = (name: string): number | undefined => library.token_to_id(specialTokens.get(name) ?? '');
  for (const text of specialTokens.values()) {
    const id = library.token_to_id(text);
    if (id !== undefined) skipped.add(id);
  }
  const eos = idOf('eos_token');
  const endTokens = new Set([...(await endTokensOf(folders.model)), ...(eos === undefined ? [] : [eos])]);
  return {
    record,
    notes: differs
      ? [say("The adapter's own tokenizer is used for every variant. It differs from the model's own.")]
      : [],
    size,
    endTokens,
    padToken: idOf('pad_token') ?? eos ?? 0,
    specialTokens,
    encode: (text, options) =>
      // Like Rust's strings, which have no halves of surrogate pairs.
      withDeadline(
        found.file,
        () =>
          library.encode(wellFormed(text), { add_special_tokens: options?.addSpecialTokens ?? false }).ids,
      ),
    decode: hasSimpleDecoder(found.json)
      ? (ids) => decode(library, skipped, ids)
      : (ids) => withDeadline(found.file, () => decode(library, skipped, ids)),
  };
}

/** Decoders without regular expressions or replacements of the file: what they take grows with the length of the tokens. */
const SIMPLE_DECODERS: ReadonlySet<unknown> = new Set(['ByteLevel', 'WordPiece']);

/** Whether no answer takes long; a deadline costs a thread for each. */
function hasSimpleDecoder({ decoder }: JsonFile['json']): boolean {
  return isRecord(decoder) && SIMPLE_DECODERS.has(decoder['type']);
}

const tokenizerFile = (folder: string): Promise<JsonFile | undefined> =>
  jsonIn(folder, 'tokenizer.json', TOKENIZER_BYTES_MAX);

function missing(folder: string, name: string) {
  return failure(
    'not-found',
    say('The folder has no {0}', name),
    folder,
    say(
      'Save it with AutoTokenizer.from_pretrained(…).save_pretrained(folder), or measure with an endpoint that serves the model.',
    ),
  );
}

interface Loaded {
  readonly library: Library;
  readonly size: number;
  readonly skipped: Set<number>;
}

function load({ file, json }: JsonFile, config: JsonFile): Loaded {
  const parsed = z.safeParse(TOKENIZER, json);
  if (!parsed.success) throw badFile(file, shapeOf(parsed.error));
  const added = parsed.data.added_tokens ?? [];
  const largest = Math.max(largestId(file, parsed.data.model), largestOf(added.map(({ id }) => id)));
  try {
    // The library reads fields that older files lack.
    const whole = { decoder: null, post_processor: null, pre_tokenizer: null, normalizer: null, ...json };
    const library = new Library({ ...whole, added_tokens: added }, config.json);
    splitLikePython(library.pre_tokenizer);
    return {
      library,
      size: largest + 1,
      skipped: new Set(added.flatMap(({ id, special }) => (special === true ? [id] : []))),
    };
  } catch (thrown) {
    throw badFile(file, thrownText(thrown), { cause: thrown });
  }
}

const largestOf = (ids: readonly number[]): number => ids.reduce((most, id) => Math.max(most, id), -1);

/** The library makes an array as long as the largest id. */
function largestId(file: string, model: Readonly<Record<string, unknown>>): number {
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    if (vocab.length > ID_MAX) throw badFile(file, say('"{0}" has more than {1} entries', 'vocab', ID_MAX));
    return vocab.length - 1;
  }
  if (!isRecord(vocab)) throw badFile(file, say('it has no vocabulary'));
  const ids = Object.values(vocab);
  const isId = (id: unknown): id is number => z.safeParse(tokenId, id).success;
  if (!ids.every(isId))
    throw badFile(file, say('a token id is not a whole number from 0 to {0}', ID_MAX - 1));
  return largestOf(ids);
}

function decode(library: Library, skipped: ReadonlySet<number>, ids: readonly number[]): string {
  // Python's tokenizers leaves out ids that it does not know: a model may have more rows than its tokenizer has tokens.
  const known = ids.filter((id) => !skipped.has(id) && library.id_to_token(id) !== undefined);
  // The library throws for an empty list, and without the flag drops spaces before punctuation.
  return known.length === 0 ? '' : library.decode(known, { clean_up_tokenization_spaces: false });
}

/** Later files win. Lists of tokens (`additional_special_tokens`) have no name in templates. */
function namedTokens(files: readonly (JsonFile | undefined)[]): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  for (const file of files) {
    const extra = file?.json['extra_special_tokens'];
    for (const [name, value] of Object.entries({ ...file?.json, ...(isRecord(extra) ? extra : {}) })) {
      if (!name.endsWith('_token')) continue;
      const token = z.safeParse(NAMED_TOKEN, value);
      if (token.success) tokens.set(name, typeof token.data === 'string' ? token.data : token.data.content);
    }
  }
  return tokens;
}

/**
 * As transformers' `generate`: of generation_config.json, or else config.json. The caller adds the tokenizer's `eos_token`,
 * as vLLM does: it ends a turn where the model's own files still name the end of a document.
 */
async function endTokensOf(folder: string): Promise<readonly number[]> {
  const generation = await jsonIn(folder, 'generation_config.json');
  const ids = listed(generation?.file, generation?.json['eos_token_id']);
  if (ids.length > 0) return ids;
  const config = await textIn(folder, 'config.json', CONFIG_BYTES_MAX);
  if (config === undefined) return [];
  const fields = parseModelConfigText(config.text, config.file);
  const nested = fields['text_config'];
  return listed(
    config.file,
    fields['eos_token_id'] ?? (isRecord(nested) ? nested['eos_token_id'] : undefined),
  );
}

function listed(file: string | undefined, value: unknown): readonly number[] {
  if (value === undefined || value === null) return [];
  const parsed = z.safeParse(END, value);
  if (!parsed.success)
    throw badFile(file ?? '', say('"{0}" is not a token id or a list of them', 'eos_token_id'));
  return typeof parsed.data === 'number' ? [parsed.data] : parsed.data;
}

function shapeOf(error: z.core.$ZodError): Message {
  const [issue] = error.issues;
  const where = (issue?.path ?? []).map(String).join('.');
  return verbatim(`${visibleText(where)}: ${issue?.message ?? 'invalid'}`);
}

const wellFormed = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
