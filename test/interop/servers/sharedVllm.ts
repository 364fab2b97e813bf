import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sample } from '../../support/paths';
import { makeModels, serverPython, startServer, type RunningServer } from './startServer';

/** Tokens of the tiny family. */
export const VOCABULARY = 139;

type Shared = RunningServer | { readonly missing: string };

let shared: Promise<Shared> | undefined;
let folder = '';

/** vLLM with the tiny family's aligned model (`models.py padded`): one process for all tests, since it takes a minute to start. */
export function sharedVllm(): Promise<Shared> {
  shared ??= start();
  return shared;
}

// Of the whole run: other files may use it too.
after(async () => {
  const server = await shared;
  if (server !== undefined && 'url' in server) await server.stop();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<Shared> {
  const python = await serverPython('requirements-vllm.txt', { check: false });
  if (typeof python !== 'string') return python;
  folder = await mkdtemp(join(tmpdir(), 'splora-vllm-'));
  await makeModels(python, 'padded', sample('aligned'), folder);
  return await startServer(
    python,
    (port) => [
      ...['-m', 'vllm.entrypoints.openai.api_server', '--model', join(folder, 'model')],
      ...['--served-model-name', 'tiny', '--host', '127.0.0.1', '--port', port],
      ...['--dtype', 'float32', '--enforce-eager', '--max-logprobs', String(VOCABULARY)],
      ...['--enable-lora', '--max-lora-rank', '32'],
    ],
    { VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True', VLLM_CPU_KVCACHE_SPACE: '1' },
  );
}
