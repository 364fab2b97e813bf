import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import { formatDuration } from '../../core/report/progress';
import { formatBytes } from '../../core/report/scores';
import { visibleText } from '../../core/report/escape';
import { SUITE_KINDS, type SuiteKind } from '../../core/results/evaluation/types';
import type { FitTarget } from '../../core/results/fit/types';
import type { MeasureEstimate } from '../../protocol/evaluatorApi';
import { AUTO, type MeasuredRepairRequest } from '../../protocol/repairApi';
import { estimateRepair } from '../../repair/estimate';
import { fitInputs } from '../../repair/gates';
import { fitsGates } from '../../repair/methods';
import type { Clients, RepairContext } from '../../repair/types';
import { Journals } from '../behavior/journals';
import { LONG_SECONDS } from '../behavior/questions';
import { adapterLabel, formatCount } from '../format';
import { pickRows, showMessage, type Row } from '../windowText';

/** What a user is asked before a repair begins. */
export interface Preparation {
  readonly clients: Clients;
  readonly context: RepairContext;
  /** Where answers are kept, so that the fit does not ask for them again. */
  readonly journals: Journals;
}

export type Prepare = typeof prepareRepair;

/**
 * Says how long a repair may take, where that is long, and shows what gates are fitted to, so that the user can strike
 * prompts out.
 * @returns the request with what was struck out; undefined: the user canceled
 * @throws SploraError of the evaluator
 */
export async function prepareRepair(
  request: MeasuredRepairRequest,
  preparation: Preparation,
): Promise<MeasuredRepairRequest | undefined> {
  const { clients, context } = preparation;
  if (request.measure.runner.kind !== 'onnx') return request;
  const estimate = await estimateRepair(request, clients, context.signal);
  if (!(await confirmRepair(request.adapter, estimate))) return undefined;
  if (!fitsGates(request)) return request;
  const journal = await preparation.journals.fileOf({ adapter: request.adapter, ...request.measure });
  const kept = { ...request, fit: { ...request.fit, journal } };
  const targets = await targetsOf(kept, preparation, journal);
  if (targets === undefined) return kept;
  const struck = await askStruck(request.adapter, targets);
  return struck === undefined ? undefined : { ...kept, fit: { ...kept.fit, struck } };
}

/** For several repairs with the same prompts: the user is asked once, and what is struck out holds for all. */
export class AskedOnce {
  #struck: Struck | undefined;

  readonly prepare: Prepare = async (request, preparation) => {
    const prepared = await prepareRepair(request, preparation);
    this.#struck = prepared?.fit?.struck;
    return prepared;
  };

  /** The request without what was struck out. */
  applyTo(request: MeasuredRepairRequest): MeasuredRepairRequest {
    return this.#struck === undefined
      ? request
      : { ...request, fit: { ...request.fit, struck: this.#struck } };
  }
}

/** Asks whether to begin, where it takes long. Memory that does not suffice is an error of the evaluator. */
async function confirmRepair(adapter: string, { seconds, bytes }: MeasureEstimate): Promise<boolean> {
  if (seconds < LONG_SECONDS) return true;
  const repair = vscode.l10n.t('Repair');
  const message = vscode.l10n.t(
    'Repairing {0} takes up to about {1}.',
    adapterLabel(adapter),
    formatDuration(seconds),
  );
  const detail = vscode.l10n.t(
    'Strengths are measured and gates are fitted; most repairs end earlier. It needs about {0} of memory. You can cancel at any time, and then nothing is written.',
    formatBytes(bytes ?? 0),
  );
  return (await showMessage('Information', message, [repair], detail)) === repair;
}

/** Undefined: gates cannot be fitted, and the repair says why when it tries other methods. */
async function targetsOf(
  request: MeasuredRepairRequest,
  { clients, context }: Preparation,
  journal: string,
): Promise<readonly FitTarget[] | undefined> {
  const { signal, emit } = context;
  const ask = (): Promise<readonly FitTarget[]> =>
    clients.evaluator.call('fitTargets', fitInputs(request), {
      signal,
      onEvent: (event) => emit({ type: 'fit', event }),
    });
  emit({ type: 'stage', stage: 'targets' });
  try {
    return await ask();
  } catch (thrown) {
    const { code, file } = toErrorData(thrown);
    // A journal of an adapter that was trained again starts over.
    if (code === 'bad-request' && file === journal) {
      await rm(journal, { force: true });
      return await ask();
    }
    if (code === 'cancelled' || request.method !== AUTO) throw thrown;
    return undefined;
  }
}

/** Ids of prompts, by suite. */
type Struck = Readonly<Partial<Record<SuiteKind, readonly string[]>>>;

const MAX_PROMPT = 120;
const MAX_ANSWER = 160;

/** What does not take part in the fit. Undefined: the user canceled. */
async function askStruck(adapter: string, targets: readonly FitTarget[]): Promise<Struck | undefined> {
  const usable = targets.filter(({ unused }) => unused === undefined);
  const rows = SUITE_KINDS.flatMap((kind) => usable.filter(({ suite }) => suite === kind).map(targetRow));
  const left = targets.length - usable.length;
  const hint = vscode.l10n.t('Gates are fitted to these prompts. Uncheck wrong ones.');
  const picked = await pickRows(rows, {
    title: vscode.l10n.t('SPLoRA: Repair {0}', adapterLabel(adapter)),
    placeHolder:
      left === 0 ? hint : `${hint} ${vscode.l10n.t('Prompts that cannot be used: {0}.', formatCount(left))}`,
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return undefined;
  const taken = new Set(picked.map(({ target }) => target));
  const struck = (kind: SuiteKind): readonly string[] =>
    usable.filter((target) => target.suite === kind && !taken.has(target)).map(({ id }) => id);
  return Object.fromEntries(SUITE_KINDS.map((kind) => [kind, struck(kind)]));
}

function targetRow(target: FitTarget): Row & { readonly target: FitTarget } {
  const { suite, prompt, aligned } = target;
  return {
    label: visibleText(prompt, MAX_PROMPT),
    description: suite,
    ...(aligned === null
      ? {}
      : { detail: vscode.l10n.t('Aligned model: {0}', visibleText(aligned, MAX_ANSWER)) }),
    picked: true,
    target,
  };
}
