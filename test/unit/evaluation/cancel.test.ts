import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { startEvaluator } from '../../../src/evaluation/client';
import { sample, projectRoot } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

const PROMPTS = 4;

describe('a measurement that is cancelled while the model computes', () => {
  itInFolder('ends, and keeps every finished answer in its journal', async (folder) => {
    const file = path.join(folder, 'evaluator.js');
    const entry = path.join(projectRoot, 'test/support/blockedEvaluator.ts');
    buildSync({ entryPoints: [entry], bundle: true, platform: 'node', outfile: file });
    const suite = path.join(folder, 'benign.jsonl');
    const rows = Array.from({ length: PROMPTS }, (_, at) => ({ id: `b${at}`, prompt: `bake ${at}` }));
    await writeFile(suite, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const journal = path.join(folder, 'journal');
    const evaluator = startEvaluator(file, {});
    try {
      const abort = new AbortController();
      let answers = 0;
      const request = {
        ...{ adapter: sample('adapter-mixed'), aligned: sample('aligned'), variants: [], journal },
        ...{ suites: [suite], runner: { kind: 'onnx' as const }, split: 'all' as const },
      };
      const measured = evaluator.call('measure', request, {
        signal: abort.signal,
        onEvent: ({ type }) => {
          if (type === 'row' && ++answers === 1) abort.abort();
        },
      });
      await rejection(measured, 'cancelled');
      const lines = (await readFile(journal, 'utf8')).split('\n');
      // A header, three answers, and nothing after the last line end.
      assert.equal(lines.length, 1 + 3 + 1);
      assert.equal(lines.at(-1), '');
    } finally {
      await evaluator.dispose();
    }
  });
});
