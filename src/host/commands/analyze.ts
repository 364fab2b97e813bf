import * as vscode from 'vscode';
import { cancelled, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { refusesModels } from '../../protocol/errorHelp';
import type { OptionsOf } from '../commandTable';
import type { RunOptions } from '../engine/analysisRunner';
import { showFailures, showInformation } from '../errors/showError';
import { tryEach, type Outcome } from '../errors/tryEach';
import { say } from '../../core/message';
import { adapterLabel } from '../format';
import { canSaveModels } from '../models/modelSettings';
import { runCommand } from '../runCommand';
import type { ModelPair } from '../settingDefinitions';
import { findStale, isSameQuestion } from '../state/identity';
import { showStatus } from '../windowText';
import { cancelTarget } from './cancelTarget';
import { NO_TARGET, oneAdapter, severalAdapters, type CommandRegistry, type Invocation } from './registry';
import type { Services } from './services';

export function registerAnalyze(registry: CommandRegistry, services: Services): void {
  const { runner, store, surfaces } = services;
  registry.add('analyze', severalAdapters({ title: vscode.l10n.t('Analyze Adapter') }), (adapters, call) =>
    analyzeCommand(services, adapters, call),
  );
  registry.add('cancel', NO_TARGET, async (_none, call) => {
    const target = await cancelTarget(call, runner.running);
    if (target.kind === 'all') return runner.cancel();
    if (target.kind === 'running') return runner.cancel(target.adapter);
    const text =
      target.kind === 'idle'
        ? vscode.l10n.t('{0} is not being analyzed.', adapterLabel(target.adapter))
        : vscode.l10n.t('Several adapters are being analyzed: cancel one in its own notification.');
    showInformation(services.log, text);
    return 0;
  });
  registry.add(
    'chooseModels',
    oneAdapter({ title: vscode.l10n.t('Choose Base and Aligned Models') }),
    (adapter, { options }) => chooseModels(services, adapter, options),
  );
  // Not the result: that of 10,000 modules takes longer to hand over than to show.
  registry.add('showScores', oneAdapter({ title: vscode.l10n.t('Show Layer Scores') }), (adapter) => {
    store.setActive(adapter);
    surfaces.showPanel(adapter);
    return adapter;
  });
}

/** @returns the first result; undefined: the user canceled */
async function analyzeCommand(
  services: Services,
  { results, failures }: Outcome<string>,
  call: Invocation<OptionsOf<'analyze'>>,
): Promise<AnalysisDocument | undefined> {
  const [adapter] = results;
  if (adapter === undefined || results.length + failures.length > 1)
    return analyzeSeveral(services, { results, failures }, call);
  const models = await modelsFor(services, adapter, call);
  if (models === undefined) return undefined;
  if (call.caller === 'user') services.surfaces.showPanel(adapter);
  return analyze(services, adapter, models, call.options);
}

/** @throws the first failure to a program, if none can be analyzed */
async function analyzeSeveral(
  services: Services,
  picked: Outcome<string>,
  call: Invocation<OptionsOf<'analyze'>>,
): Promise<AnalysisDocument | undefined> {
  const outcome = await services.runner.batch((batch) => {
    const work = async (adapter: string): Promise<AnalysisDocument> => {
      const models = await modelsFor(services, adapter, call);
      if (models === undefined) {
        // A user who cancels one question wants no more of them.
        batch.abort();
        throw cancelled();
      }
      return analyze(services, adapter, models, { ...call.options, batch });
    };
    return tryEach(picked.results, work, batch.signal);
  });
  const failures = [...picked.failures, ...outcome.failures];
  const [first] = failures;
  if (call.caller === 'program' && first !== undefined && outcome.results.length === 0) throw first.thrown;
  showFailures(services.log, failures, picked.results.length + picked.failures.length, (adapter, thrown) =>
    toErrorData(thrown).code === 'engine-crashed'
      ? [{ label: vscode.l10n.t('Try Again'), run: () => runCommand('analyze', adapter) }]
      : [],
  );
  return outcome.results[0];
}

type ModelOptions = Pick<OptionsOf<'analyze'>, 'base' | 'aligned' | 'models'>;

/**
 * The models that the options give, or those that were or now are chosen. Undefined: the user canceled.
 * @throws SploraError `bad-request` if only one is given, `not-found` if one is nowhere
 */
export async function modelsFor(
  { chooser }: Services,
  adapter: string,
  { options, caller }: Pick<Invocation<ModelOptions>, 'options' | 'caller'>,
): Promise<ModelPair | undefined> {
  const { base, aligned, models } = options;
  if (base !== undefined && aligned !== undefined) return chooser.given(adapter, { base, aligned });
  if (base === undefined && aligned === undefined)
    return chooser.models(adapter, models === 'ask' ? 'user' : caller);
  throw new SploraError({
    code: 'bad-request',
    message: say('Only one of both models was given.'),
    advice: say('Give base and aligned, or neither.'),
  });
}

export interface AnalyzeOptions extends RunOptions {
  /** Reads the weights again even if nothing changed. */
  readonly force?: boolean;
}

/**
 * Analyzes one adapter, or returns the result in the store if nothing that it depends on has changed.
 * @throws SploraError of the engine, or `cancelled`
 */
export async function analyze(
  services: Services,
  adapter: string,
  models: ModelPair,
  how: AnalyzeOptions,
): Promise<AnalysisDocument> {
  const options = services.readings.optionsOf(adapter);
  const kept = services.store.get(adapter)?.document ?? null;
  if (how.force !== true && kept !== null && isSameQuestion(kept, models, options)) {
    if ((await findStale(kept.inputs)) === null) {
      services.runner.stopOther(adapter, models, options);
      services.log.info(`${adapter}: nothing changed since it was analyzed`);
      services.store.setActive(adapter);
      showStatus(
        vscode.l10n.t('SPLoRA: nothing changed since {0} was analyzed', adapterLabel(adapter)),
        STATUS_MS,
      );
      return kept;
    }
  }
  try {
    return await services.runner.analyze(adapter, models, options, how);
  } catch (thrown) {
    if (refusesModels(toErrorData(thrown))) await services.chooser.refused(adapter, models);
    throw thrown;
  }
}

/** Long enough to read one line. */
const STATUS_MS = 6000;

/**
 * The result of an adapter, which is analyzed first if there is none.
 * @throws SploraError of the engine, `cancelled` if the user cancels
 */
export async function resultOf(
  services: Services,
  adapter: string,
  call: Pick<Invocation<ModelOptions>, 'options' | 'caller'>,
): Promise<AnalysisDocument> {
  const kept = services.store.get(adapter)?.document;
  if (kept !== null && kept !== undefined) return kept;
  const models = await modelsFor(services, adapter, call);
  if (models !== undefined) return analyze(services, adapter, models, {});
  throw cancelled();
}

/** @returns absolute paths of both models; undefined: the user canceled */
async function chooseModels(
  services: Services,
  adapter: string,
  options: OptionsOf<'chooseModels'>,
): Promise<ModelPair | undefined> {
  const { chooser } = services;
  if (options.base === undefined && options.aligned === undefined) {
    const chosen = await chooser.choose(adapter);
    if (chosen !== undefined) showChosen(services, adapter, chosen);
    return chosen;
  }
  const given = await modelsFor(services, adapter, { options, caller: 'program' });
  if (given !== undefined) await chooser.keep(adapter, given);
  return given;
}

function showChosen({ chooser, log }: Services, adapter: string, { base, aligned }: ModelPair): void {
  const save = {
    label: vscode.l10n.t('Save to Settings'),
    run: () => chooser.save(adapter, { base, aligned }),
  };
  showInformation(
    log,
    vscode.l10n.t('Models chosen for {0}: base {1}, aligned {2}.', adapterLabel(adapter), base, aligned),
    [
      { label: vscode.l10n.t('Analyze'), run: () => runCommand('analyze', adapter) },
      ...(canSaveModels(adapter) ? [save] : []),
    ],
  );
}
