import type { Adapter } from '../../core/adapter/types';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import type { CutSide, FitDocument, ModuleGates } from '../../core/results/fit/types';
import {
  applied,
  fittedGates,
  isRemoved,
  isUnchanged,
  missedNotes,
  planRemoval,
  recordOf,
  refuseTrivial,
} from '../gates/fitted';
import type { RepairInput, RepairPlan, Settled, SubspacesStep } from '../types';
import { refuseBias, refuseNonlinear } from '../update';
import { scaled } from '../cut/cutFactors';
import { doubleRanks, doublingFactor } from './doubleRank';
import { splitFactors } from './splitFactors';

/**
 * `dW' = g_off dW_off + g_on (dW - dW_off)` with the two gates of each module.
 * @throws SploraError `bad-request` without split gates of this adapter, for gates that are all 1 or all 0, and for
 * updates that are not `s B A`
 */
export function planSplitGates(input: RepairInput): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  refuseBias(adapter, say('Use plain gates (--method gates).'));
  const fit = fittedGates(input, 'split');
  const gates = fit.gates.map(applied);
  refuseTrivial(gates, adapter);
  const removal = planRemoval(input, gates);
  const byModule = new Map(gates.map((gate) => [gate.module, gate]));
  const names = adapter.modules.map(({ name }) => name);
  const unchanged = new Set(gates.filter(isUnchanged).map(({ module }) => module));
  const replaced = removal?.changed.filter((name) => !byModule.has(name)) ?? [];
  const configText = removal?.configText ?? adapter.configText;
  return {
    tensors: removal?.tensors ?? new Map(),
    step: stepOf(adapter, fit, { byModule, configText }),
    ...(configText === undefined ? {} : { configText }),
    effect: say('scaled by their gates'),
    changed: [...names.filter((name) => !unchanged.has(name)), ...replaced],
    kept: [
      ...names.filter((name) => unchanged.has(name)),
      ...adapter.replacements.map(({ name }) => name).filter((name) => !replaced.includes(name)),
    ],
    record: { ...fit.split, ...recordOf(fit, gates) },
    notes: [...missedNotes(fit), ...(removal?.notes ?? [])],
  };
}

interface Given {
  readonly byModule: ReadonlyMap<string, ModuleGates>;
  readonly configText: string | undefined;
}

function stepOf(adapter: Adapter, { split }: FitDocument, { byModule, configText }: Given): SubspacesStep {
  const { k, side }: { readonly k: number; readonly side: CutSide } = split ?? { k: 1, side: 'both' };
  const factor = doublingFactor(adapter);
  const gatesOf = (module: string): { readonly on: number; readonly off: number } => {
    const { on = 1, off = on } = byModule.get(module) ?? {};
    return { on, off };
  };
  const skipped = [...byModule.values()].filter((gates) => isRemoved(gates) || isUnchanged(gates));
  return {
    reads: 'subspaces',
    k,
    skip: new Set(skipped.map(({ module }) => module)),
    rewrite: (module, subspaces) => splitFactors(module, subspaces, { ...gatesOf(module.name), side }),
    rewriteOutside: ({ b, name }) => {
      const { off } = gatesOf(name);
      return off === 1 ? {} : { b: scaled(b, off) };
    },
    settle: (written) => {
      const staying = adapter.modules.filter(({ name }) => {
        const gates = byModule.get(name);
        return gates === undefined || !isRemoved(gates);
      });
      return settle({ ...adapter, modules: staying }, configText, { factor, written });
    },
  };
}

function settle(
  adapter: Adapter,
  configText: string | undefined,
  {
    factor,
    written,
  }: { readonly factor: number; readonly written: Parameters<NonNullable<SubspacesStep['settle']>>[0] },
): Settled {
  const { modules, weightsFile } = adapter;
  const error = [...written.values()].reduce((most, one) => Math.max(most, one.error ?? 0), 0);
  const record = error === 0 ? {} : { compressionError: Number(error.toPrecision(3)) };
  const grown = modules.filter(({ name, rank }) => (written.get(name)?.rank ?? rank) > rank);
  if (grown.length === 0) {
    const notes =
      error === 0
        ? []
        : [
            say(
              'Every module was compressed to its rank: the largest error is {0} of an update.',
              error.toExponential(1),
            ),
          ];
    return { ranks: new Map(), factor: () => 1, notes, record };
  }
  if (configText === undefined)
    throw badRequest(
      say('There is no adapter_config.json to write the new rank into'),
      say('Add the one that the adapter was trained with, or use plain gates (--method gates).'),
      weightsFile,
    );
  const rank = modules.reduce((most, module) => Math.max(most, module.rank), 0);
  return {
    ranks: new Map(modules.map((module) => [module.name, 2 * module.rank])),
    factor: () => factor,
    configText: doubleRanks(adapter, configText),
    notes: [
      say(
        'The rank is doubled, up to {0}: {1} of {2} modules need it. vLLM needs --max-lora-rank {0} or more.',
        2 * rank,
        grown.length,
        modules.length,
      ),
    ],
    record: { ...record, rankDoubled: true },
  };
}
