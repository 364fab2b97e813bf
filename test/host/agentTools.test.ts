import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { isRecord } from '../../src/core/record';
import { models, uri, weights } from './support';

const TOOLS = ['splora_inspect', 'splora_analyze', 'splora_measure', 'splora_repair', 'splora_check'];

async function invoke(name: string, input: object): Promise<Readonly<Record<string, unknown>>> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  const value: unknown = JSON.parse(part.value);
  assert.ok(isRecord(value));
  return value;
}

describe('Language model tools', () => {
  it('are offered to agents', () => {
    const offered = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('splora_'));
    assert.deepEqual(new Set(offered), new Set(TOOLS));
  });

  it('read an adapter, score it with given models, and check how it loads', async () => {
    const adapter = weights().fsPath;
    const inspected = await invoke('splora_inspect', { adapter });
    assert.deepEqual([inspected['family'], inspected['file']], ['peft', adapter]);
    const analysis = await invoke('splora_analyze', { adapter, ...models(), top: 2 });
    assert.deepEqual([analysis['modules'], analysis['selected']], [56, 2]);
    const { loaders } = await invoke('splora_check', { adapter, model: models().aligned });
    assert.ok(Array.isArray(loaders) && loaders.length === 2);
  });

  it('measure in the window, which keeps the result', async () => {
    const adapter = weights().fsPath;
    const measured = await invoke('splora_measure', {
      adapter,
      aligned: models().aligned,
      suite: uri('suites').fsPath,
      limit: 4,
    });
    const variants = measured['variants'] as readonly { id: string; asr: { value: number; n: number } }[];
    assert.deepEqual(
      variants.map(({ id, asr }) => [id, asr.value, asr.n]),
      [
        ['aligned', 0, 4],
        ['adapter', 1, 4],
      ],
    );
  });

  it('refuse what they do not take, with the reason', async () => {
    await assert.rejects(invoke('splora_check', { adapter: weights().fsPath, loader: 'none' }));
  });
});
