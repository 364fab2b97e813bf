import { quotedList } from '../../core/adapter/names';
import type { Adapter } from '../../core/adapter/types';
import { badRequest, failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { GATE_MIN, type FitDocument, type ModuleGates } from '../../core/results/fit/types';
import { lastOfPath } from '../../core/lastPart';
import { planPrune } from '../prune/plan';
import type { RepairInput, RepairPlan } from '../types';

/**
 * The document of fitted gates, for the adapter that they were fitted to.
 * @throws SploraError `bad-request` if there is none, or of other modules
 */
export function fittedGates({ adapter, results }: RepairInput, kind: 'plain' | 'split'): FitDocument {
  const { fit } = results;
  const advice = say('Fit them first: splora repair --suite.');
  if (fit === undefined) throw badRequest(say('The method needs fitted gates.'), advice, adapter.weightsFile);
  if ((fit.split === null) !== (kind === 'plain'))
    throw badRequest(
      fit.split === null
        ? say('These are plain gates: the method split-gates needs two gates a module')
        : say('These are split gates: the method gates needs one gate a module'),
      say('Use the other method, or fit the gates again.'),
      adapter.weightsFile,
    );
  const own = new Set(adapter.modules.map(({ name }) => name));
  const fitted = new Set(fit.gates.map(({ module }) => module));
  const missing = [...own].filter((name) => !fitted.has(name));
  const unknown = [...fitted].filter((name) => !own.has(name));
  if (missing.length + unknown.length > 0)
    throw badRequest(
      say(
        'The gates were fitted to an adapter with other modules: {0}',
        quotedList([...missing, ...unknown]),
      ),
      advice,
      adapter.weightsFile,
    );
  return fit;
}

const near = (gate: number): number => (Math.abs(gate) < GATE_MIN ? 0 : gate);

/** Gates as they are applied: small ones are 0. */
export const applied = ({ module, on, off }: ModuleGates): ModuleGates => ({
  module,
  on: near(on),
  ...(off === undefined ? {} : { off: near(off) }),
});

const values = ({ on, off = on }: ModuleGates): readonly number[] => [on, off];

export const isRemoved = (gates: ModuleGates): boolean => values(gates).every((gate) => gate === 0);
export const isUnchanged = (gates: ModuleGates): boolean => values(gates).every((gate) => gate === 1);

/** @throws SploraError `bad-request` where writing would make no sense: all gates 1, or all 0 */
export function refuseTrivial(gates: readonly ModuleGates[], { weightsFile }: Adapter): void {
  if (gates.every(isUnchanged)) throw nothingToRepair(weightsFile);
  if (gates.every(isRemoved)) throw nothingButHarm(weightsFile);
}

const nothingToRepair = (file: string): SploraError =>
  failure(
    'bad-request',
    say('All gates are 1: there is nothing to repair'),
    file,
    say(
      'The adapter meets the target on the prompts that gates are fitted to. Ask for more refusals (a lower --max-asr), or use other prompts.',
    ),
  );

const nothingButHarm = (file: string): SploraError =>
  failure(
    'bad-request',
    say('All gates are 0: only the model without this adapter meets the target'),
    file,
    say(
      'The adapter does nothing but harm on these prompts. Train it again without the harmful examples, or allow more (a higher --max-asr).',
    ),
  );

/** What `prune` does to the modules whose gates are 0. */
export function planRemoval(input: RepairInput, gates: readonly ModuleGates[]): RepairPlan | undefined {
  const modules = gates.filter(isRemoved).map(({ module }) => module);
  if (modules.length === 0) return undefined;
  return planPrune({ ...input, modules }, { mode: 'remove', bakeScale: false });
}

/** For the metadata: gates by module, and what they were fitted on. */
export function recordOf(fit: FitDocument, gates: readonly ModuleGates[]): Readonly<Record<string, unknown>> {
  const rounded = (value: number): number => Number(value.toPrecision(6));
  return {
    gates: Object.fromEntries(
      gates.map(({ module, on, off }) => [
        module,
        off === undefined ? rounded(on) : { on: rounded(on), off: rounded(off) },
      ]),
    ),
    fit: {
      aligned: lastOfPath(fit.aligned),
      suites: fit.suites.map(({ kind, sha256, prompts }) => ({ kind, sha256, prompts })),
      meets: fit.meets,
      ...fit.results.gates,
    },
  };
}

/** Of the fit: what was not met. */
export function missedNotes({ meets }: FitDocument): readonly Message[] {
  return meets
    ? []
    : [say('These gates miss the target on the fit split: the result may answer harmful prompts.')];
}
