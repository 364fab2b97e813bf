import * as z from 'zod/mini';
import { SploraError } from '../errors';
import { renderedLength, say, verbatim, type Message } from '../message';
import { isRecord } from '../record';
import { visibleText } from '../report/escape';

/** How a kind of result is parsed. */
export interface ResultSchema<D> {
  /** Newest schema version that this version reads. */
  readonly version: number;
  readonly document: z.ZodMiniType<D>;
  /** Why a document with a valid shape is refused; undefined: it is not. */
  readonly problem?: (document: D) => Message | undefined;
  readonly refusal: (why: Message) => Message;
  readonly advice: Message;
}

export const count = z.number().check(z.int(), z.nonnegative());

export const inputIdentities = z.array(
  z.object({ path: z.string(), size: z.nullable(count), mtimeMs: z.nullable(z.number()) }),
);

/** Messages in messages; ours are nested half as deep. */
const MAX_MESSAGE_DEPTH = 8;
const MAX_MESSAGE_LENGTH = 1_000_000;

function messageOf(depth: number): z.ZodMiniType<Message> {
  const plain = [z.string(), z.number()] as const;
  const value = depth === 0 ? z.union(plain) : z.union([...plain, messageOf(depth - 1)]);
  return z.object({ text: z.string(), values: z.exactOptional(z.array(value)) });
}

/** Version 1 of the analysis has English sentences in the places of messages. */
export const message = z
  .union([messageOf(MAX_MESSAGE_DEPTH), z.pipe(z.string(), z.transform(verbatim))])
  .check(z.refine((parsed) => renderedLength(parsed) <= MAX_MESSAGE_LENGTH, 'too long'));

/**
 * Parses a stored result field by field; unknown fields are dropped.
 * @param file where the text was read from, for the message
 * @throws SploraError `bad-request` when the text is no such result or of a newer schema version
 */
export function parseResult<D>(schema: ResultSchema<D>, text: string, file?: string): D {
  const refuse = (why: Message): never => {
    throw new SploraError({
      code: 'bad-request',
      message: schema.refusal(why),
      ...(file === undefined ? {} : { file }),
      advice: schema.advice,
    });
  };
  const value = parseJson(text) ?? refuse(say('it is not valid JSON'));
  const version = isRecord(value.json) ? value.json['schemaVersion'] : null;
  if (typeof version === 'number' && version > schema.version)
    refuse(
      say('it has schema version {0}, but only versions up to {1} are supported', version, schema.version),
    );
  const parsed = schema.document.safeParse(value.json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = (issue?.path ?? []).map(String).join('.');
    return refuse(
      verbatim(`${where === '' ? 'the document' : visibleText(where)}: ${issue?.message ?? 'invalid'}`),
    );
  }
  const problem = schema.problem?.(parsed.data);
  return problem === undefined ? parsed.data : refuse(problem);
}

function parseJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
