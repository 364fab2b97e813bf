import { freemem } from 'node:os';
import { SploraError } from '../../../core/errors';
import { say } from '../../../core/message';
import { GraphBuilder } from '../../../core/onnx/graph';
import { cacheBytesPerToken } from './cache';
import { allSites, computedParameters, weightShape, type Decoder } from './decoder';
import { USE_ENDPOINT } from './families/decline';
import type { KnownModel } from './model';
import { OrtSession } from './ort';
import { STEP_TOKENS_MAX } from './pace';

const FLOAT_BYTES = 4;
const MB = 1e6;
const GB = 1e9;

/** Rows that are answered at once. */
export const ROWS_MAX = 64;
/** Of the key-value cache. */
export const CACHE_BYTES_MAX = 1024 ** 3;

/** Of the scored logits of a step, and of what is computed from them. */
const LOGITS_BYTES_MAX = 256 * 1024 ** 2;
/** Copies of the scored logits that a step holds at once. */
const LOGITS_COPIES = 3;

/** Positions that a step may score, each with the whole vocabulary. */
export function scoredPositions({ vocabulary }: Pick<Decoder, 'vocabulary'>): number {
  return Math.max(1, Math.floor(LOGITS_BYTES_MAX / (LOGITS_COPIES * FLOAT_BYTES * vocabulary)));
}

/** What an evaluation asks, in tokens. */
export interface Workload {
  readonly rows: number;
  /** Of all prompts together. */
  readonly promptTokens: number;
  /** Of all answers together, at most. */
  readonly newTokens: number;
  /** Prompt and answer of the longest row, at most. */
  readonly longest: number;
}

/** What memory depends on; without tokens, nothing is scored. */
type MemoryWorkload = Pick<Workload, 'rows' | 'longest'> & Partial<Workload>;

/** Rows and positions of the key-value cache for rows of at most `longest` tokens. */
export function cacheSize(
  decoder: Pick<Decoder, 'layers'>,
  { rows, longest }: Pick<Workload, 'rows' | 'longest'>,
): { readonly slots: number; readonly positions: number; readonly bytes: number } {
  const rowBytes = cacheBytesPerToken(decoder) * longest;
  const slots = Math.max(1, Math.min(rows, ROWS_MAX, Math.floor(CACHE_BYTES_MAX / rowBytes)));
  return { slots, positions: longest, bytes: slots * rowBytes };
}

/** What ONNX Runtime itself takes, and the JavaScript heap as it grows; measured with models from 1 to 500 MB. */
const FIXED_BYTES = 90 * MB;

/**
 * Resident memory at its peak, in bytes: weights as they are held, the cache, and the values of one step.
 * @param before resident memory before the model is loaded
 * @param factorBytes of all adapters, as float32
 */
export function memoryNeeded(
  model: Pick<KnownModel, 'decoder' | 'places'>,
  workload: MemoryWorkload,
  { before, factorBytes }: { readonly before: number; readonly factorBytes: number },
): number {
  const { hidden, vocabulary, layers } = model.decoder;
  const cache = cacheSize(model.decoder, workload);
  const widest = allSites({ layers }).reduce(
    (most, site) =>
      Math.max(
        most,
        site.reduce((sum, { outputs }) => sum + outputs, 0),
      ),
    0,
  );
  const values = FLOAT_BYTES * STEP_TOKENS_MAX * (4 * hidden + 1.5 * widest);
  const answering = 2 * FLOAT_BYTES * cache.slots * vocabulary;
  const step = values + Math.max(answering, scoringBytes(vocabulary, workload));
  const weights = weightMemory(model);
  return before + FIXED_BYTES + weights.held + factorBytes + Math.max(weights.loading, cache.bytes + step);
}

/** Of the scored logits of a step: of the answers, if none of them ends early. */
function scoringBytes(vocabulary: number, { promptTokens = 0, newTokens = 0 }: MemoryWorkload): number {
  const share = newTokens / Math.max(promptTokens + newTokens, 1);
  return Math.min(LOGITS_BYTES_MAX, LOGITS_COPIES * FLOAT_BYTES * vocabulary * STEP_TOKENS_MAX * share);
}

/**
 * Weights that are not float32 are held as their file has them. Float32 ones are packed: the file of an embedding that is
 * the head too is mapped besides, and the largest is held twice while it is packed, when there is no cache yet.
 */
function weightMemory({ decoder, places }: Pick<KnownModel, 'decoder' | 'places'>): {
  readonly held: number;
  readonly loading: number;
} {
  const { hidden, vocabulary, embedding, head } = decoder;
  const sizes = allSites(decoder)
    .flat()
    .map((linear) => places.find(`${linear.name}.weight`, weightShape(linear)).length);
  const last = places.find(`${head.name}.weight`, [vocabulary, hidden]);
  const held = sizes.reduce((sum, length) => sum + length, last.length);
  const isPacked = last.type === 'float';
  const isTied = head.name === embedding.name;
  return { held: held + (isPacked && isTied ? last.length : 0), loading: isPacked ? last.length : 0 };
}

/** Memory that this process may still take, in bytes. */
export function availableMemory(): number {
  // Absent in the oldest version of Node that is supported.
  const { availableMemory: ask } = process as { readonly availableMemory?: () => number };
  return ask?.() ?? freemem();
}

/**
 * @param needed besides what the process has already
 * @throws SploraError 'io' with the figures, where the model does not fit into memory
 */
export function refuseTooLarge({ checkpoint }: Pick<KnownModel, 'checkpoint'>, needed: number): void {
  const available = availableMemory();
  if (needed <= available) return;
  throw new SploraError({
    code: 'io',
    message: say(
      'The model needs {0} GB of memory to run in this process, and {1} GB are available',
      (needed / GB).toFixed(1),
      (available / GB).toFixed(1),
    ),
    file: checkpoint.path,
    advice: USE_ENDPOINT,
  });
}

/** Rows and width of the product that is timed. */
const PROBE_ROWS = 128;
const PROBE_WIDTH = 1024;
const PROBE_MS = 60;
/** Reading weights from the disk's cache and packing them. */
const LOAD_BYTES_PER_S = GB;
/** Share of the probe's speed that a whole model reaches: other operators, and weights that no cache holds. */
const PREFILL_SHARE = 0.8;
const DECODE_SHARE = 0.5;
/** Rows of a step at which reading the weights takes as long as computing with them. */
const BALANCED_ROWS = 16;

/** A repair estimates each of its measurements. */
const PROBE_HOLDS_MS = 60_000;
let probed: { readonly threads: number; readonly at: number; readonly speed: number } | undefined;

/** Multiply-adds per second of one product on this machine, as it is loaded now or was within the last minute. */
export async function probeSpeed(threads: number): Promise<number> {
  if (probed?.threads !== threads || performance.now() - probed.at > PROBE_HOLDS_MS)
    probed = { threads, at: performance.now(), speed: await timeProduct(threads) };
  return probed.speed;
}

async function timeProduct(threads: number): Promise<number> {
  const graph = new GraphBuilder();
  for (const name of ['X', 'W']) graph.input(name, 'float', [`${name}_rows`, PROBE_WIDTH]);
  graph.output('Y', 'float', ['rows', PROBE_WIDTH]);
  graph.nodeTo('MatMul', ['X', 'W'], ['Y']);
  const session = await OrtSession.create(graph.model('probe', 13), { threads, root: '/' });
  try {
    const data = (rows: number) =>
      session.tensor({ data: new Float32Array(rows * PROBE_WIDTH), shape: [rows, PROBE_WIDTH] });
    const feeds = { X: data(PROBE_ROWS), W: data(PROBE_WIDTH) };
    await session.run(feeds, { Y: null });
    const start = performance.now();
    let runs = 0;
    for (; performance.now() - start < PROBE_MS; runs++) await session.run(feeds, { Y: null });
    return (runs * PROBE_ROWS * PROBE_WIDTH ** 2 * 1000) / (performance.now() - start);
  } finally {
    await session.release();
  }
}

/** Seconds to load the model and to answer. @param speed multiply-adds per second, of `probeSpeed` */
export function secondsNeeded(decoder: Decoder, workload: Workload, speed: number): number {
  const perToken = computedParameters(decoder);
  const { slots } = cacheSize(decoder, workload);
  const decodeShare = (DECODE_SHARE * slots) / (slots + BALANCED_ROWS);
  const tokens = workload.promptTokens / PREFILL_SHARE + workload.newTokens / decodeShare;
  return (FLOAT_BYTES * perToken) / LOAD_BYTES_PER_S + (tokens * perToken) / speed;
}
