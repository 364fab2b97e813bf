import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../../src/protocol/engineApi';
import { suiteEngine } from '../support/engine';
import { sample } from '../support/paths';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';

const MODELS = { adapter: sample('adapter-mixed'), base: sample('base'), aligned: sample('aligned') };
const WEIGHTS = 'adapter_model.safetensors';

const cutOf = (k: number, more: Partial<Candidate> = {}): Candidate => ({
  method: 'cut',
  options: { k },
  ...more,
});

describe('candidates', () => {
  const engine = suiteEngine();

  itInFolder(
    'are what repair writes with the same directions, and the next call reads no weights',
    async (folder) => {
      const out = join(folder, 'repaired');
      await engine.call('repair', {
        ...{ ...MODELS, method: 'cut', options: { k: 8 }, modules: [], copyRest: false, out },
      });
      const request = {
        ...MODELS,
        candidates: [cutOf(8), { method: 'scale', options: { factor: 0.5 } }],
        folder,
      };
      const [cut, scaled] = await engine.call('candidates', request);
      assert.ok(cut !== undefined && scaled !== undefined);
      assert.equal(cut.changed.length, 56);
      assert.ok(readFileSync(join(cut.out, WEIGHTS)).equals(readFileSync(join(out, WEIGHTS))));
      let bytes = 0;
      const [again] = await engine.call(
        'candidates',
        { ...request, candidates: [cutOf(8)] },
        { onEvent: ({ bytesDone }) => (bytes = Math.max(bytes, bytesDone)) },
      );
      assert.equal(bytes, 0);
      assert.ok(readFileSync(join(again?.out ?? '', WEIGHTS)).equals(readFileSync(join(cut.out, WEIGHTS))));
    },
  );

  itInFolder('cut the same from more directions, within rounding', async (folder) => {
    const request = { ...MODELS, folder, candidates: [cutOf(2)] };
    const [few] = await engine.call('candidates', request);
    const [many] = await engine.call('candidates', { ...request, directions: 24 });
    const { modules } = await engine.call('compare', { left: few?.out ?? '', right: many?.out ?? '' });
    for (const { module, difference, leftNorm } of modules)
      assert.ok((difference ?? 1) <= 2e-3 * (leftNorm ?? 0), `${module}: ${difference} of ${leftNorm}`);
  });

  itInFolder('can cut random directions, the same ones each time', async (folder) => {
    const random = cutOf(8, { isRandom: true });
    const request = { ...MODELS, folder, candidates: [cutOf(8), random, random] };
    const [cut, one, two] = await engine.call('candidates', request);
    const files = [cut, one, two].map((each) => readFileSync(join(each?.out ?? '', WEIGHTS)));
    assert.ok(files[1]?.equals(files[2] ?? Buffer.alloc(0)));
    assert.ok(!files[0]?.equals(files[1] ?? Buffer.alloc(0)));
    const { metadata } = await engine.call('inspect', { path: one?.out ?? '' });
    assert.match(metadata['splora'] ?? '', /"random":true/);
  });

  itInFolder(
    'one of them is kept beside the original with what was measured, tensors as they are',
    async (folder) => {
      const [cut] = await engine.call('candidates', { ...MODELS, folder, candidates: [cutOf(3)] });
      const candidate = cut?.out ?? '';
      const out = join(folder, 'kept');
      const measured = { asr: 0 };
      const kept = await engine.call('keepCandidate', {
        ...{ adapter: MODELS.adapter, candidate, out, copyRest: false, measured },
      });
      assert.equal(kept.out, out);
      assert.deepEqual(readdirSync(out).sort(), readdirSync(candidate).sort());
      const { modules } = await engine.call('compare', { left: candidate, right: out });
      assert.ok(modules.every(({ status }) => status === 'equal'));
      const { metadata } = await engine.call('inspect', { path: out });
      const record = JSON.parse(metadata['splora'] ?? '{}') as Readonly<Record<string, unknown>>;
      assert.deepEqual([record['method'], record['k'], record['measured']], ['cut', 3, measured]);
    },
  );

  itInFolder('need the models that their methods need', async (folder) => {
    const { adapter } = MODELS;
    await rejection(engine.call('candidates', { adapter, folder, candidates: [cutOf(3)] }), 'bad-request');
  });
});
