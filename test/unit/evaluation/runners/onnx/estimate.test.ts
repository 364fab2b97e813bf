import assert from 'node:assert/strict';
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
const places = { root: '/', has: () => true, usedBytes: () => 0, find: notAsked };

function notAsked(): never {
  throw new Error('an untied embedding is not mapped as a whole');
}

describe('the estimate of an in-process run', () => {
  it('bounds the cache by rows and bytes', () => {
    assert.deepEqual(cacheSize(decoder, { rows: 3, longest: 10 }).slots, 3);
    assert.equal(cacheSize(decoder, { rows: 1000, longest: 10 }).slots, ROWS_MAX);
    const long = cacheSize(decoder, { rows: 1000, longest: 100_000 });
    assert.ok(long.slots < ROWS_MAX && long.bytes <= CACHE_BYTES_MAX);
  });

  it('counts weights as float32, and grows with the workload', () => {
    const needed = (rows: number): number =>
      memoryNeeded({ decoder, places }, { rows, longest: 50_000 }, { before: 0, factorBytes: 0 });
    // 2 layers: q and o 64 x 64, k and v 64 x 32, three of 64 x 160; the head 64 x 100.
    const parameters = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 160) + 64 * 100;
    assert.ok(needed(1) > 4 * parameters);
    assert.ok(needed(8) > needed(1));
  });

  it('takes longer for more tokens and on a slower machine', () => {
    const seconds = (newTokens: number, speed: number): number =>
      secondsNeeded(decoder, { rows: 8, promptTokens: 100, newTokens, longest: 40 }, speed);
    assert.ok(seconds(200, 1e9) > seconds(100, 1e9));
    assert.ok(seconds(100, 1e8) > seconds(100, 1e9));
  });
});
