import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { findChangedInput } from '../../io/changedInput';
import { refusesModels } from '../../protocol/errorHelp';
import type { OptionsOf } from '../commandTable';
import type { RunOptions } from '../engine/analysisRunner';
import { showFailures, notify } from '../errors/showError';
import { tryEach, type Outcome } from '../errors/tryEach';
import { say } from '../../core/message';
import { adapterLabel, messageText } from '../format';
import { canSaveModels } from '../models/modelChooser';
import { runCommand } from '../runCommand';
import type { ModelPair } from '../settingDefinitions';
import { findStale, isSameQuestion } from '../state/identity';
import { showMessage, showStatus } from '../windowText';
import { cancelTarget, type Call } from './call';
import type { Invocation } from './registry';
import type { Services } from '../services';

/** Long enough to read one line. */
const STATUS_MS = 6000;

/** @returns the first result; undefined: the user canceled */
export async function analyzeCommand(
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

/** @returns how many analyses were canceled */
export async function cancelCommand({ runner, log }: Services, _target: null, call: Call): Promise<number> {
  const target = await cancelTarget(call, runner.running);
  if (target.kind === 'all') return runner.cancel();
  if (target.kind === 'running') return runner.cancel(target.adapter);
  const text =
    target.kind === 'idle'
      ? vscode.l10n.t('{0} is not being analyzed.', adapterLabel(target.adapter))
      : vscode.l10n.t('Several adapters are being analyzed: cancel one in its own notification.');
  notify('Information', log, text);
  return 0;
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
    toErrorData(thrown).code === 'process-crashed'
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
    message: say('Only one of the two models was given.'),
    advice: say('Specify both the base and the aligned model, or neither.'),
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
  const isKept = how.force !== true && kept !== null && isSameQuestion(kept, models, options);
  if (isKept && (await findStale(kept.inputs)) === null) {
    services.runner.stopOther(adapter, models, options);
    services.log.info(`${adapter}: nothing changed since it was analyzed`);
    services.store.setActive(adapter);
    showStatus(
      vscode.l10n.t('SPLoRA: nothing changed since {0} was analyzed', adapterLabel(adapter)),
      STATUS_MS,
    );
    return kept;
  }
  try {
    return await services.runner.analyze(adapter, models, options, how);
  } catch (thrown) {
    if (refusesModels(toErrorData(thrown))) await services.chooser.refused(adapter, models);
    throw thrown;
  }
}

/**
 * The result of an adapter, which is analyzed first if there is none.
 * @throws SploraError of the engine, `cancelled` if the user cancels
 */
async function resultOf(
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

export interface SettledResult {
  readonly document: AnalysisDocument;
  /** Which file changed since, in English, without folders; null: none. */
  readonly stale: string | null;
}

type ResultOptions = Pick<OptionsOf<'exportReport'>, 'base' | 'aligned' | 'models' | 'stale'>;

/**
 * The result of an adapter, which is analyzed first if there is none. If its files changed since, asks the user whether
 * to analyze again; a program must allow that with `stale`, or let the user be asked.
 * @param anyway label of the button that continues with the result
 * @throws SploraError `bad-request` to a program, `cancelled` if the user cancels
 */
export async function settledResult(
  services: Services,
  adapter: string,
  call: Pick<Invocation<ResultOptions>, 'options' | 'caller'>,
  anyway: string,
): Promise<SettledResult> {
  const document = await resultOf(services, adapter, call);
  const changed = await findChangedInput(document);
  if (changed === undefined) return { document, stale: null };
  const stale = `${path.basename(changed.path)} changed after the analysis`;
  const { stale: allowed } = call.options;
  if (allowed === 'allow') return { document, stale };
  const message = say('{0} changed after the analysis.', changed.path);
  if (call.caller === 'program' && allowed !== 'ask') {
    const advice = say(
      'Analyze the adapter again, or allow out-of-date scores with {0}.',
      "{stale: 'allow'}",
    );
    throw new SploraError({ code: 'bad-request', message, file: changed.path, advice });
  }
  const again = vscode.l10n.t('Analyze Again');
  const picked = await showMessage(
    'Warning',
    vscode.l10n.t('The scores for {0} are out of date.', adapterLabel(adapter)),
    [again, anyway],
    messageText(message),
  );
  if (picked === anyway) return { document, stale };
  const fresh = picked === again ? await analyzeAgain(services, adapter, document) : undefined;
  if (fresh !== undefined) return { document: fresh, stale: null };
  throw cancelled();
}

/** With the models that are chosen now, else those of the result. Undefined: the user canceled. */
async function analyzeAgain(
  services: Services,
  adapter: string,
  { base, aligned }: AnalysisDocument,
): Promise<AnalysisDocument | undefined> {
  const { pair } = await services.chooser.known(adapter);
  const models = pair === undefined ? { base, aligned } : await services.chooser.models(adapter, 'user');
  return models === undefined ? undefined : analyze(services, adapter, models, { force: true });
}

/** @returns absolute paths of both models; undefined: the user canceled */
export async function chooseModels(
  services: Services,
  adapter: string,
  { options }: Invocation<OptionsOf<'chooseModels'>>,
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
  notify(
    'Information',
    log,
    vscode.l10n.t('Models chosen for {0}: base {1}, aligned {2}.', adapterLabel(adapter), base, aligned),
    [
      { label: vscode.l10n.t('Analyze'), run: () => runCommand('analyze', adapter) },
      ...(canSaveModels(adapter) ? [save] : []),
    ],
  );
}
