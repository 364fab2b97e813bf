import type { Spread, VariantCost } from '../../../core/results/evaluation/types';
import { checkCancelled } from '../../../io/ioError';
import type { KeyValueCache } from './cache';
import type { AdapterFeeds, DecoderMachine, Gate } from './machine';
import { breathe } from './pace';

/** Measurements of each adapter; they take turns, so that a slow moment of the machine meets all of them. */
const ROUNDS = 5;
const DECODE_STEPS = 4;
const MS_PER_S = 1000;

export type Speed = Required<Pick<VariantCost, 'prefill' | 'decode'>>;

export interface CostOptions {
  readonly machine: DecoderMachine;
  readonly cache: KeyValueCache;
  /** Rows, and tokens of each, that are timed; the cache holds more. */
  readonly rows: number;
  readonly tokens: number;
  readonly signal: AbortSignal;
}

/** Tokens per second with each of the adapters, measured A B A B in one go, after a round that is not counted. */
export async function measureSpeeds<Id>(
  adapters: ReadonlyMap<Id, AdapterFeeds>,
  options: CostOptions,
): Promise<Map<Id, Speed>> {
  const samples = new Map(
    [...adapters.keys()].map((id) => [id, { prefill: [] as number[], decode: [] as number[] }]),
  );
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [id, adapter] of adapters) {
      checkCancelled(options.signal);
      const { prefill, decode } = await measureOnce(adapter, options);
      const own = samples.get(id);
      if (round === 0 || own === undefined) continue;
      own.prefill.push(prefill);
      own.decode.push(decode);
    }
  }
  return new Map(
    [...samples].map(([id, { prefill, decode }]) => [
      id,
      { prefill: spread(prefill), decode: spread(decode) },
    ]),
  );
}

async function measureOnce(
  adapters: AdapterFeeds,
  { machine, cache, rows, tokens, signal }: CostOptions,
): Promise<{ readonly prefill: number; readonly decode: number }> {
  const gate: Gate = { mask: new Float32Array(adapters.rank).fill(1), scale: 1 };
  const gates = new Array<Gate>(rows).fill(gate);
  // Which tokens does not matter for the time.
  const prompt = Array.from({ length: tokens }, (_, at) => at % machine.decoder.vocabulary);
  const step = async (input: readonly number[], past: number): Promise<number> => {
    const start = performance.now();
    await machine.step({
      ...{ cache, slot: 0, adapters, gates },
      tokens: gates.map(() => input),
      past: gates.map(() => past),
      wanted: gates.map(() => [input.length - 1]),
    });
    const ms = performance.now() - start;
    await breathe();
    checkCancelled(signal);
    return ms;
  };
  const prefill = await step(prompt, 0);
  let decode = 0;
  for (let at = 0; at < DECODE_STEPS; at++) decode += await step([0], tokens + at);
  return {
    prefill: (rows * tokens * MS_PER_S) / prefill,
    decode: (rows * DECODE_STEPS * MS_PER_S) / decode,
  };
}

/** Positions of the cache that measuring takes besides the prompt. */
export const COST_POSITIONS = DECODE_STEPS;

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  return { median: at(Math.floor(sorted.length / 2)), low: at(0), high: at(sorted.length - 1) };
}
