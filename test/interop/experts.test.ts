import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import { startTestEngine } from '../support/engine';
import { pruneRequest } from '../support/pruneRequest';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from './python';

/**
 * Names of experts.py; how the adapter has its experts: a pair for each, or stacked pairs of parameters. PEFT 0.21.2
 * converts single experts of all of these families but qwen2_moe, whose experts it ignores.
 */
const CASES: readonly (readonly [family: string, kind: 'modules' | 'parameters'])[] = [
  ['mixtral', 'modules'],
  ['qwen3_moe', 'modules'],
  ['olmoe', 'modules'],
  ['deepseek_v3', 'modules'],
  ['mixtral', 'parameters'],
  ['qwen2_moe', 'parameters'],
  ['qwen3_moe', 'parameters'],
  ['olmoe', 'parameters'],
  ['deepseek_v3', 'parameters'],
  ['gpt_oss', 'parameters'],
  ['llama4_text', 'parameters'],
];

interface Compared {
  /** Largest difference of a logit: from updates added by hand, and what the pruned ones make out. */
  readonly difference: number;
  readonly effect: number;
  readonly warnings: readonly string[];
}

/** float32 sums in another order. */
const LOGIT_TOLERANCE = 1e-5;

describe('real loaders of adapters of experts', function () {
  this.timeout(HANG_MS);
  let engine: Engine;
  let python: Python;
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    const started = await startPython('experts.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
    engine = startTestEngine();
    stop = () => {
      python.dispose();
      return engine.dispose();
    };
  });
  after(() => stop());

  for (const [family, kind] of CASES) {
    itInFolder(
      `PEFT and load_adapter compute what is left of a pruned adapter: ${family}, ${kind}`,
      async (folder) => {
        await python.ask({ what: 'make', folder, family, kind, fused: false });
        const adapter = join(folder, 'adapter');
        const { adapter: read } = await engine.call('inspect', { path: adapter });
        const names = read?.modules.map(({ module }) => module) ?? [];
        for (const [what, removed] of selections(names)) {
          const out = join(folder, what);
          await engine.call('repair', pruneRequest({ adapter, out, modules: removed, mode: 'remove' }));
          for (const loader of ['peft', 'transformers']) {
            const asked = { what: 'compare', folder, family, adapter, copy: out, removed, loader };
            const { difference, effect } = (await python.ask(asked)) as Compared;
            assert.ok(difference <= LOGIT_TOLERANCE, `${what}, ${loader}: logits differ by ${difference}`);
            assert.ok(effect > 10 * LOGIT_TOLERANCE, `${what}: nothing was pruned`);
          }
        }
      },
    );
  }
});

/** Parts of what loaders stack, and all of it in one layer. */
function selections(names: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const experts = names.filter((name) => name.includes('.experts.'));
  const inLastLayer = experts.filter((name) => name.startsWith('model.layers.1.'));
  const attention = names.filter((name) => name.endsWith('layers.0.self_attn.q_proj'));
  return [
    // Each token goes through two of the four experts: at least one of these has an effect.
    ['one matrix of three experts', inLastLayer.filter((name) => /\.[012]\.(?:down_proj|w2)$/.test(name))],
    ['one expert', [...inLastLayer.filter((name) => name.includes('.experts.2.')), ...attention]],
    ['one layer', [...inLastLayer, ...attention]],
    ['all experts', experts],
    ['attention', attention],
  ];
}
