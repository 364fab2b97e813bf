import { truncateProduct } from '../../core/algebra/lowRank';
import type { AdapterModule } from '../../core/adapter/types';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { splitModuleName } from '../../core/report/moduleName';
import { withError } from '../compressionError';
import { settleRanks } from '../oneRank';
import { planPrune } from '../prune/plan';
import { balanced } from '../terms';
import type { FactorsStep, LeftModule, RepairInput, RepairPlan, Rewritten, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface CompressOptions {
  readonly rank: number;
  readonly parts: 'all' | 'mlp' | 'mlp-up';
  readonly layers: 'all' | 'middle';
}

/** Parts of names of MLPs in the known families: Llama, GPT-2, GPT-NeoX, OPT, BERT, T5, Phi, Mixtral. */
const MLP = new Set(['mlp', 'feed_forward', 'ffn', 'DenseReluDense', 'block_sparse_moe', 'fc1', 'fc2']);
/** Last parts of the modules that go from the hidden size up. */
const MLP_UP = new Set(['up_proj', 'gate_up_proj', 'c_fc', 'fc1', 'dense_h_to_4h', 'wi', 'wi_1', 'w3']);

/**
 * @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds) or has a trained bias,
 * or nothing would change or stay
 */
export function planCompress(input: RepairInput, options: CompressOptions): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  refuseBias(adapter);
  const staying = stayingModules(adapter.modules, options);
  refuseNothing(input, staying, options.rank);
  const kept = new Set(staying);
  const gone = adapter.modules.filter((module) => !kept.has(module)).map(({ name }) => name);
  const prune = { mode: 'remove', bakeScale: false } as const;
  const removal = gone.length === 0 ? undefined : planPrune({ ...input, modules: gone }, prune);
  const names = adapter.modules.map(({ name }) => name);
  const dropped = removal?.changed.filter((name) => !names.includes(name)) ?? [];
  const configText = removal?.configText ?? adapter.configText;
  return {
    tensors: removal?.tensors ?? new Map(),
    step: stepOf({ ...input, adapter: { ...adapter, modules: staying } }, configText, { gone, ...options }),
    effect: gone.length === 0 ? say('compressed') : say('compressed or removed'),
    changed: [...names, ...dropped],
    kept: adapter.replacements.map(({ name }) => name).filter((name) => !dropped.includes(name)),
    record: { ...options },
    notes: removal?.notes ?? [],
  };
}

function stepOf(
  { adapter }: RepairInput,
  configText: string | undefined,
  { gone, rank }: { readonly gone: readonly string[]; readonly rank: number },
): FactorsStep {
  return {
    reads: 'factors',
    // A module whose update is zero would keep the rank of all others.
    takesAll: true,
    skip: new Set(gone),
    rewrite: (module) => compressed(module, rank),
    settle: (written) => withError(settleRanks(adapter, configText, written, true), written),
  };
}

function stayingModules(
  modules: readonly AdapterModule[],
  { parts, layers }: Pick<CompressOptions, 'parts' | 'layers'>,
): readonly AdapterModule[] {
  const named = modules.map((module) => ({ module, ...splitModuleName(module.name) }));
  const count = named.reduce((most, { block }) => Math.max(most, (block ?? -1) + 1), 0);
  const [first, end] = layers === 'middle' ? [count / 3, (2 * count) / 3] : [-Infinity, Infinity];
  return named
    .filter(({ module: { name }, block }) => {
      const words = name.split('.');
      const isPart =
        parts === 'all' ||
        (parts === 'mlp' ? words.some((word) => MLP.has(word)) : MLP_UP.has(words.at(-1) ?? ''));
      const isMiddle = layers === 'all' || (block !== null && block >= first && block < end);
      return isPart && isMiddle;
    })
    .map(({ module }) => module);
}

function refuseNothing({ adapter }: RepairInput, staying: readonly AdapterModule[], rank: number): void {
  const { modules, weightsFile } = adapter;
  if (staying.length === 0)
    throw badRequest(
      say('No module of the adapter is of the parts and layers that stay'),
      say('Choose others.'),
      weightsFile,
    );
  if (staying.length < modules.length || staying.some((module) => module.rank > rank)) return;
  throw badRequest(
    say('All modules have rank {0} or less already', rank),
    say('Choose a smaller rank.'),
    weightsFile,
  );
}

/** The best product of this rank, by the singular values of `B A`. */
export function compressed(module: StepModule, rank: number): Rewritten | LeftModule {
  const { a, b } = module;
  if (module.rank <= rank) return { left: say('The rank is {0} or less already.', rank) };
  const product = { ...module, a: Float64Array.from(a), b: Float64Array.from(b) };
  const { error, ...truncated } = truncateProduct(product, rank);
  return { ...balanced(truncated), error };
}
