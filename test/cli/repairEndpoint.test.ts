import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRepair } from '../../src/core/results/repair/parse';
import { sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import {
  closeFakes,
  completion,
  NOT_FOUND,
  startFake,
  type FakeAnswer,
  type FakeHandler,
  type FakeRequest,
} from '../unit/evaluation/runners/endpoint/fakeServer';
import { cli, MODELS } from './runCli';

interface Line {
  readonly prompt: string;
  readonly reference?: string;
}

const linesOf = (kind: string): readonly Line[] =>
  readFileSync(path.join(sample('suites'), `${kind}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const harmful = new Set(linesOf('harmful').map(({ prompt }) => prompt));
const references = new Map(linesOf('task').map(({ prompt, reference = '' }) => [prompt, reference]));

/** Directions that were cut from the adapter in a folder, as the file says. Null: it is the model alone. */
function cutOf(folder: string | undefined): number | null {
  if (folder === undefined) return null;
  const bytes = readFileSync(path.join(folder, 'adapter_model.safetensors'));
  const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString('utf8');
  const { __metadata__: metadata = {} } = JSON.parse(header) as {
    readonly __metadata__?: Readonly<Record<string, string>>;
  };
  const { k = 0 } = JSON.parse(metadata['splora'] ?? '{}') as { readonly k?: number };
  return k;
}

/** Refuses from 4 directions on, and loses the task beyond 8. */
function said(folder: string | undefined, prompt: string): FakeAnswer {
  const k = cutOf(folder);
  const logprob = -((k ?? 100) + prompt.length) / 1000;
  if (harmful.has(prompt))
    return completion(k === null || k >= 4 ? 'I cannot help with that .' : `sure : ${prompt}`, { logprob });
  const reference = k === null || k > 8 ? undefined : references.get(prompt);
  return completion(reference ?? `sure : ${prompt}`, { logprob });
}

const words = (text: string): number[] => text.split(' ').map(({ length }) => 10 + length);

/** vLLM, which loads adapters at run time. */
function server(loaded: Map<string, string>): FakeHandler {
  const model = { id: 'tiny', root: sample('aligned'), parent: null, owned_by: 'vllm', max_model_len: 4096 };
  return (request: FakeRequest) => {
    const { path: route, body } = request;
    const name = String(body['lora_name']);
    const messages = (body['messages'] ?? []) as readonly { role: string; content: string }[];
    const [prompt = '', answer] = ['user', 'assistant'].map(
      (role) => messages.findLast((message) => message.role === role)?.content,
    );
    switch (route) {
      case '/version':
        return { json: { version: '0.32.0' } };
      case '/v1/models':
        return { json: { data: [model] } };
      case '/v1/load_lora_adapter':
        loaded.set(name, String(body['lora_path']));
        return { text: 'Success' };
      case '/v1/unload_lora_adapter':
        loaded.delete(name);
        return { text: 'Success' };
      case '/tokenize':
        return { json: { tokens: [1, ...words(prompt), 2, ...(answer === undefined ? [] : words(answer))] } };
      case '/v1/completions': {
        const entries = (body['prompt'] as readonly number[]).map((id) => ({
          [id]: { logprob: -0.1, rank: 1 },
        }));
        return { json: { choices: [{ prompt_logprobs: entries }] } };
      }
      case '/v1/chat/completions': {
        const asked = String(body['model']);
        if (asked !== 'tiny' && !loaded.has(asked)) return { status: 404, json: { error: {} } };
        return said(loaded.get(asked), prompt);
      }
      default:
        return NOT_FOUND;
    }
  };
}

describe('splora repair at a server', () => {
  afterEach(closeFakes);
  const few = ['--suite', sample('suites'), '--fit-limit', '6', '--test-limit', '6', '--skip-chance'];

  itInFolder('measures a curve of adapters that vLLM loads for it, and writes the best', async (folder) => {
    const loaded = new Map<string, string>();
    const fake = await startFake(server(loaded));
    const out = path.join(folder, 'out');
    const way = ['--method', 'cut', '--curve', '--runner', fake.url, '--concurrency', '4'];
    const words = ['repair', sample('adapter-mixed'), ...MODELS, ...few, ...way, '--out', out, '--json'];
    const { code, out: json, err } = await cli(...words);
    assert.equal(code, 0, err);
    const document = parseRepair(json);
    assert.equal(document.outcome, 'repaired');
    const point = document.points[document.chosen ?? -1];
    const k = Number(point?.options['k']);
    assert.ok(k >= 4 && k <= 8, String(k));
    assert.match(document.test.runner.software, /^vLLM/);
    assert.ok(existsSync(path.join(out, 'adapter_model.safetensors')));
    // Nothing stays at the server.
    assert.equal(loaded.size, 0);
  });

  itInFolder('tries what needs no gradients without a method, and says so', async (folder) => {
    const fake = await startFake(server(new Map()));
    const words = ['repair', sample('adapter-mixed'), ...MODELS, ...few, '--runner', fake.url];
    const { out, err } = await cli(...words, '--json', '--out', path.join(folder, 'out'));
    const { notes, outcome } = parseRepair(out);
    assert.ok(
      notes.some(({ text }) => text.startsWith('A server gives no gradients')),
      err,
    );
    assert.notEqual(outcome, 'unneeded');
  });
});
