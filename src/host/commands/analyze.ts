import * as vscode from 'vscode';
import { cancelled, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { refusesModels } from '../../protocol/errorHelp';
import type { RunOptions } from '../engine/analysisRunner';
import { adapterLabel } from '../format';
import { COMMANDS } from '../ids';
import { canSaveModels } from '../models/modelSettings';
import { parseSetting, type ModelPair } from '../settingDefinitions';
import { findStale, isSameQuestion } from '../state/identity';
import { showStatus } from '../windowText';
import { showError, showFailures, showInformation, type MessageAction } from './errors';
import { ANALYZE_AGAIN, callerOf } from './caller';
import { checkOptions, checkValues } from './options';
import { pickAdapter, pickAdapters } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { cancelTarget } from './cancelTarget';
import { givenOptions, isScripted, type CommandArguments } from './targets';
import { tryEach, type Outcome } from './tryEach';
import { say } from '../../core/message';

export function registerAnalyze(registry: CommandRegistry, services: Services): void {
  registry.add(COMMANDS.analyze, { needsTrust: true }, (args) => analyzeCommand(services, args));
  registry.add(COMMANDS.cancel, { needsTrust: false }, (args) => cancelCommand(services, args));
  registry.add(COMMANDS.chooseModels, { needsTrust: true }, (args) => chooseModelsCommand(services, args));
  registry.add(COMMANDS.showScores, { needsTrust: false }, (args) => showScoresCommand(services, args));
}

/** Options of a caller: `{base, aligned, force, models: 'ask'}`. @returns the result, or undefined when the person turned away */
async function analyzeCommand(
  services: Services,
  args: CommandArguments,
): Promise<AnalysisDocument | undefined> {
  const options = givenOptions(args);
  checkOptions(options, ['base', 'aligned', 'force', 'models']);
  const scripted = isScripted(args);
  const force = options?.['force'] === true;
  const picked = await pickAdapters(services, args, { title: vscode.l10n.t('Analyze Adapter') });
  const [adapter, ...others] = picked.results;
  if (adapter === undefined || others.length + picked.failures.length > 0)
    return analyzeSeveral(services, picked, args, force);
  const models = await modelsFor(services, adapter, args);
  if (models === undefined) return undefined;
  if (!scripted) services.surfaces.showPanel(adapter);
  return analyzeOne(services, adapter, models, { force });
}

/** One after the other: those that fail are told of together at the end. @returns the first result that there is */
async function analyzeSeveral(
  services: Services,
  picked: Outcome<string>,
  args: CommandArguments,
  force: boolean,
): Promise<AnalysisDocument | undefined> {
  const { results, failures } = await services.runner.batch((batch) => {
    const work = async (adapter: string): Promise<AnalysisDocument> => {
      const models = await modelsFor(services, adapter, args);
      if (models === undefined) {
        // Who turns away from one does not want to be asked of the next.
        batch.abort();
        throw cancelled();
      }
      return analyzeOrThrow(services, adapter, models, { force, batch });
    };
    return tryEach(picked.results, work, batch.signal);
  });
  const total = picked.results.length + picked.failures.length;
  showFailures(services.log, [...picked.failures, ...failures], total, retry);
  return results[0];
}

/**
 * The models that a caller gave, or those that were or now are chosen.
 * @throws SploraError `bad-request` when a caller gave one of both, or what names no model, `not-found` when one that it
 * gave is nowhere
 */
export async function modelsFor(
  services: Services,
  adapter: string,
  args: CommandArguments,
): Promise<ModelPair | undefined> {
  const options = givenOptions(args);
  checkValues(options, ['base', 'aligned']);
  const base = parseSetting('models.base', options?.['base']);
  const aligned = parseSetting('models.aligned', options?.['aligned']);
  if (base !== undefined && aligned !== undefined) return services.chooser.given(adapter, { base, aligned });
  if (base === undefined && aligned === undefined) return services.chooser.models(adapter, callerOf(args));
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

/** As `analyzeOrThrow`, for one adapter alone: a failure becomes a message; undefined then, and when it was cancelled. */
export async function analyzeOne(
  services: Services,
  adapter: string,
  models: ModelPair,
  how: AnalyzeOptions,
): Promise<AnalysisDocument | undefined> {
  try {
    return await analyzeOrThrow(services, adapter, models, how);
  } catch (thrown) {
    showError(services.log, thrown, retry(adapter, thrown), adapter);
    return undefined;
  }
}

/**
 * Analyzes one adapter, or gives the kept result when nothing that it depends on has changed.
 * @throws SploraError of the engine, or `cancelled`
 */
export async function analyzeOrThrow(
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

function retry(adapter: string, thrown: unknown): readonly MessageAction[] {
  if (toErrorData(thrown).code !== 'engine-crashed') return [];
  const run = (): unknown => vscode.commands.executeCommand(COMMANDS.analyze, adapter, ANALYZE_AGAIN);
  return [{ label: vscode.l10n.t('Try Again'), run }];
}

/**
 * Reads the weights again with the models that are chosen now, else with those of an earlier result. A failure becomes a
 * message; undefined then, and when the person turned away.
 */
export async function analyzeAgain(
  services: Services,
  adapter: string,
  earlier: ModelPair,
): Promise<AnalysisDocument | undefined> {
  const { chooser } = services;
  const { pair } = await chooser.known(adapter);
  const models =
    pair === undefined
      ? { base: earlier.base, aligned: earlier.aligned }
      : await chooser.models(adapter, 'person');
  return models === undefined ? undefined : analyzeOne(services, adapter, models, { force: true });
}

/** Stops the analysis of the adapter that is meant; all of them where none is. @returns how many were stopped */
async function cancelCommand({ runner, log }: Services, args: CommandArguments): Promise<number> {
  checkOptions(givenOptions(args), []);
  const target = await cancelTarget(args, runner.running);
  if (target.kind === 'all') return runner.cancel();
  if (target.kind === 'running') return runner.cancel(target.adapter);
  showInformation(
    log,
    target.kind === 'idle'
      ? vscode.l10n.t('{0} is not being analyzed.', adapterLabel(target.adapter))
      : vscode.l10n.t('Several adapters are being analyzed: cancel one in its own notification.'),
  );
  return 0;
}

/** Options of a caller: `{base, aligned}`. @returns absolute paths of both models */
async function chooseModelsCommand(
  services: Services,
  args: CommandArguments,
): Promise<ModelPair | undefined> {
  const options = givenOptions(args);
  checkOptions(options, ['base', 'aligned']);
  const title = vscode.l10n.t('Choose Base and Aligned Models');
  const adapter = await pickAdapter(services, args, { title });
  if (adapter === undefined) return undefined;
  const isGiven = options?.['base'] !== undefined || options?.['aligned'] !== undefined;
  const given = isGiven ? await modelsFor(services, adapter, args) : undefined;
  if (given !== undefined) {
    await services.chooser.keep(adapter, given);
    return given;
  }
  const chosen = await services.chooser.choose(adapter);
  if (chosen !== undefined) showChosen(services, adapter, chosen);
  return chosen;
}

function showChosen({ chooser, log }: Services, adapter: string, { base, aligned }: ModelPair): void {
  const analyze = (): unknown =>
    vscode.commands.executeCommand(COMMANDS.analyze, vscode.Uri.file(adapter), []);
  const save = {
    label: vscode.l10n.t('Save to Settings'),
    run: () => chooser.save(adapter, { base, aligned }),
  };
  showInformation(
    log,
    vscode.l10n.t('Models chosen for {0}: base {1}, aligned {2}.', adapterLabel(adapter), base, aligned),
    [{ label: vscode.l10n.t('Analyze'), run: analyze }, ...(canSaveModels(adapter) ? [save] : [])],
  );
}

/** @returns the adapter that is shown. Not its result: that of 10,000 modules takes longer to hand over than to show */
async function showScoresCommand(services: Services, args: CommandArguments): Promise<string | undefined> {
  const title = vscode.l10n.t('Show Layer Scores');
  const adapter = await pickAdapter(services, args, { title });
  if (adapter === undefined) return undefined;
  services.store.setActive(adapter);
  services.surfaces.showPanel(adapter);
  return adapter;
}

/**
 * The result of an adapter, analyzed first where there is none.
 * @throws SploraError `cancelled` when the person turned away
 */
export async function resultOf(
  services: Services,
  adapter: string,
  args: CommandArguments,
): Promise<AnalysisDocument> {
  const kept = services.store.get(adapter)?.document;
  if (kept !== null && kept !== undefined) return kept;
  const models = await modelsFor(services, adapter, args);
  const document = models === undefined ? undefined : await analyzeOne(services, adapter, models, {});
  if (document !== undefined) return document;
  throw cancelled();
}
