import assert from 'node:assert/strict';
import type { ExternalData } from '../../../../../src/core/onnx/graph';
import { ConfigReader } from '../../../../../src/evaluation/runners/onnx/families/config';
import { readDecoder } from '../../../../../src/evaluation/runners/onnx/families';
import {
  CACHE_BYTES_MAX,
  cacheSize,
  memoryNeeded,
  ROWS_MAX,
  secondsNeeded,
} from '../../../../../src/evaluation/runners/onnx/estimate';
import { LLAMA } from './configs';

const decoder = readDecoder(new ConfigReader('/config.json', LLAMA), true);
/** Every tensor of the type. */
const placesOf = (type: 'float' | 'bfloat16') => ({
  root: '/',
  has: () => true,
  usedBytes: () => 0,
  find: (_name: string, shape: readonly number[]): ExternalData => {
    const length = shape.reduce((product, size) => product * size, type === 'float' ? 4 : 2);
    return { type, shape, location: 'model.safetensors', offset: 0, length };
  },
});

describe('the estimate of an in-process run', () => {
  it('bounds the cache by rows and bytes', () => {
    assert.deepEqual(cacheSize(decoder, { rows: 3, longest: 10 }).slots, 3);
    assert.equal(cacheSize(decoder, { rows: 1000, longest: 10 }).slots, ROWS_MAX);
    const long = cacheSize(decoder, { rows: 1000, longest: 100_000 });
    assert.ok(long.slots < ROWS_MAX && long.bytes <= CACHE_BYTES_MAX);
  });

  it('counts weights as they are stored, and grows with the workload', () => {
    const needed = (rows: number, type: 'float' | 'bfloat16' = 'float'): number =>
      memoryNeeded(
        { decoder, places: placesOf(type) },
        { rows, longest: 50_000 },
        { before: 0, factorBytes: 0 },
      );
    // 2 layers: q and o 64 x 64, k and v 64 x 32, three of 64 x 160; the head 64 x 100.
    const parameters = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 160) + 64 * 100;
    assert.ok(needed(1) > 4 * parameters);
    assert.equal(needed(1) - needed(1, 'bfloat16'), 2 * parameters);
    assert.ok(needed(8) > needed(1));
  });

  it('counts the logits of answers that are scored', () => {
    const needed = (workload: { readonly promptTokens?: number; readonly newTokens?: number }): number =>
      memoryNeeded(
        { decoder: { ...decoder, vocabulary: 100_000 }, places: placesOf('float') },
        { rows: 1, longest: 50_000, ...workload },
        { before: 0, factorBytes: 0 },
      );
    assert.ok(needed({ promptTokens: 300, newTokens: 100 }) > needed({}));
    assert.ok(needed({ promptTokens: 0, newTokens: 100 }) > needed({ promptTokens: 300, newTokens: 100 }));
  });

  it('lets a model of 7 billion bfloat16 parameters run where 20 GB are available', () => {
    const large = readDecoder(
      new ConfigReader('/config.json', {
        ...{ model_type: 'llama', vocab_size: 32_000, hidden_size: 4096, intermediate_size: 11_008 },
        ...{ num_hidden_layers: 32, num_attention_heads: 32, max_position_embeddings: 4096 },
      }),
      true,
    );
    const needed = memoryNeeded(
      { decoder: large, places: placesOf('bfloat16') },
      { rows: 64, longest: 256, promptTokens: 64 * 192, newTokens: 64 * 64 },
      { before: 100e6, factorBytes: 160e6 },
    );
    assert.ok(needed > 13.2e9 && needed < 16e9, String(needed));
  });

  it('takes longer for more tokens and on a slower machine', () => {
    const seconds = (newTokens: number, speed: number): number =>
      secondsNeeded(decoder, { rows: 8, promptTokens: 100, newTokens, longest: 40 }, speed);
    assert.ok(seconds(200, 1e9) > seconds(100, 1e9));
    assert.ok(seconds(100, 1e8) > seconds(100, 1e9));
  });
});
