import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Loader, LoadVerdict } from '../../src/core/check/types';
import { shared } from './paths';

/** What a real loader did with a case: logits compared with the adapter's own, the plain adapter's and the base's. */
const TRUTH = z.record(
  z.string(),
  z.looseObject({
    ok: z.boolean(),
    own: z.optional(z.nullable(z.number())),
    plain: z.optional(z.number()),
    base: z.optional(z.number()),
  }),
);

export const hasTruth = existsSync(shared('loaders', 'truth-peft.json'));

/**
 * Cases whose file holds another update than the plain adapter, by an edit of its tensors or values, and were not made by
 * PEFT: what they should do is not in the logits. The verdict says what the loader does with what the file holds.
 */
const HOLDS_OTHER: Readonly<Record<string, LoadVerdict>> = {
  half_missing: 'same',
  removed_layer: 'same',
  zero_b: 'same',
  scale_zero: 'same',
};

/** Rounding of factors that are stored in half precision. */
const TOLERANCE = 0.001;

export interface TruthCase {
  readonly loader: Loader;
  readonly name: string;
  readonly folder: string;
  readonly verdict: LoadVerdict;
}

/** All cases of a loader with the verdict that its logits show. */
export function truthOf(loader: Loader): readonly TruthCase[] {
  const truth = TRUTH.parse(JSON.parse(readFileSync(shared('loaders', `truth-${loader}.json`), 'utf8')));
  return Object.entries(truth).map(([name, { ok, own, plain, base }]) => {
    const folder = shared('loaders', loader === 'mlx' ? 'mlx' : 'cases', name);
    const difference = own ?? plain ?? 0;
    const seen = difference < TOLERANCE ? 'same' : base === 0 ? 'nothing' : 'other';
    const expected = HOLDS_OTHER[name];
    const verdict = !ok ? 'refused' : (expected ?? seen);
    return { loader, name, folder, verdict };
  });
}

/** What PEFT did with adapters of single experts on a tiny model of the family; `expected` 0: exactly the meant effect. */
export function expertTruth(family: 'mixtral' | 'qwen3moe'): readonly TruthCase[] {
  const file = shared('loaders', 'moe', family, 'truth-peft.json');
  return Object.entries(TRUTH.parse(JSON.parse(readFileSync(file, 'utf8')))).map(([name, { ok }]) => ({
    loader: 'peft',
    name,
    folder: shared('loaders', 'moe', family, name),
    verdict: ok ? 'same' : 'refused',
  }));
}
