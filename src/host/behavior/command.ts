import * as path from 'node:path';
import * as vscode from 'vscode';
import { failure } from '../../core/errors';
import { say } from '../../core/message';
import type { EvaluationDocument } from '../../core/results/evaluation/types';
import type { MeasureRequest, VariantRequest } from '../../protocol/evaluatorApi';
import type { OptionsOf } from '../commandTable';
import type { Invocation } from '../commands/call';
import { refuseUntrusted } from '../commands/trust';
import { locateModel } from '../models/findModels';
import { placesOf } from '../models/modelChooser';
import type { Services } from '../services';
import { runMeasurement } from './measure';
import { placeAgain, placeOf, withOtherKey, type Place } from './place';
import { askSuite, askVariants, confirmEstimate } from './questions';
import { SUITE_GLOB, suiteFolders, type SuiteFolder } from './suiteFolders';
import { requestAgain, type PromptIds } from './testOutcome';
import { variantIds } from './variantIds';

type MeasureCall = Invocation<OptionsOf<'measure'>>;

const LAST_SUITE = 'suite:';
/** More suite files than a workspace has on purpose. */
const MAX_SUITE_FILES = 500;

/**
 * *Measure Behavior*: asks what the options leave open, then measures with progress in the panel.
 * @returns the result; undefined: the user canceled
 * @throws SploraError of the evaluator, `cancelled`, `bad-request` if a program leaves open what has no default
 */
export async function measureBehavior(
  services: Services,
  adapter: string,
  call: MeasureCall,
): Promise<EvaluationDocument | undefined> {
  const aligned = await alignedOf(services, adapter, call);
  const suites = aligned === undefined ? undefined : await suitesOf(services, adapter, call);
  const variants = suites === undefined ? undefined : await variantsOf(services, adapter, call);
  const place = variants === undefined ? undefined : await placeOf(services, adapter, call);
  if (aligned === undefined || suites === undefined || variants === undefined || place === undefined)
    return undefined;
  const { split, limit, maxNewTokens } = call.options;
  const request: MeasureRequest = {
    adapter,
    aligned,
    variants,
    suites,
    runner: place.runner,
    ...(split === undefined ? {} : { split }),
    ...(limit === undefined ? {} : { limit }),
    ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
  };
  const measureAt = (at: Place): Promise<EvaluationDocument | undefined> => {
    const placed = { ...request, runner: at.runner };
    return runMeasurement(services, {
      request: placed,
      env: at.env,
      confirm: async (evaluator, signal) => {
        if (call.caller === 'program') return true;
        return confirmEstimate(adapter, await evaluator.call('estimate', placed, { signal }));
      },
    });
  };
  if (call.caller === 'program') return measureAt(place);
  services.surfaces.showPanel(adapter);
  return withOtherKey(services, place, measureAt);
}

/**
 * Measures again as a result was made. Of some prompts alone, the answers are not kept: the result of all of them stays.
 * @returns undefined: the user canceled
 * @throws SploraError of the evaluator, `cancelled`, `bad-request` in an untrusted workspace and as of `requestAgain`
 */
export async function measureAgain(
  services: Services,
  document: EvaluationDocument,
  only: PromptIds | undefined,
): Promise<EvaluationDocument | undefined> {
  refuseUntrusted();
  const request = requestAgain(document, services.measurements.requestOf(document), only);
  const place = await placeAgain(services, document.adapter, request.runner);
  if (place === undefined) return undefined;
  return runMeasurement(services, {
    request: { ...request, runner: place.runner },
    env: place.env,
    confirm: () => Promise.resolve(true),
  });
}

/** The model that was given, else the one that is known, else the one that the user chooses. */
async function alignedOf(
  { chooser, settings }: Services,
  adapter: string,
  { options }: MeasureCall,
): Promise<string | undefined> {
  if (options.aligned === undefined) return (await chooser()).aligned(adapter);
  // An endpoint has models of its own.
  if (options.runner !== undefined) return options.aligned;
  return locateModel(options.aligned, placesOf(settings, adapter));
}

/** The suites of the options, else the folder that the user chooses; a program gets the nearest. Undefined: canceled. */
export async function suitesOf(
  { memento }: Services,
  adapter: string,
  {
    options,
    caller,
  }: { readonly options: Pick<MeasureCall['options'], 'suites'>; readonly caller: MeasureCall['caller'] },
): Promise<readonly string[] | undefined> {
  if (options.suites !== undefined) return options.suites.map(fromWorkspace);
  const folders = await findSuiteFolders(adapter);
  const key = LAST_SUITE + path.dirname(adapter);
  const last = memento.get<unknown>(key);
  const known = folders.find(({ path: folder }) => folder === last) ?? folders[0];
  if (caller === 'program') {
    if (known !== undefined) return [known.path];
    throw failure(
      'bad-request',
      say('No suites were given, and none were found in the workspace.'),
      undefined,
      say('Name a folder that has harmful.jsonl, benign.jsonl, or task.jsonl.'),
    );
  }
  const chosen = await askSuite(adapter, folders, typeof last === 'string' ? last : undefined);
  if (chosen === undefined) return undefined;
  await memento.update(key, chosen);
  return [chosen];
}

/** Folders of the workspace that hold suites, those near the adapter first. */
async function findSuiteFolders(adapter: string): Promise<readonly SuiteFolder[]> {
  const found = await vscode.workspace.findFiles(SUITE_GLOB, undefined, MAX_SUITE_FILES);
  const files = found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
  return suiteFolders(files, adapter);
}

async function variantsOf(
  { library, store }: Services,
  adapter: string,
  { options, caller }: MeasureCall,
): Promise<readonly VariantRequest[] | undefined> {
  if (options.variants !== undefined)
    return options.variants.map((variant) =>
      variant.adapter === undefined ? variant : { ...variant, adapter: fromWorkspace(variant.adapter) },
    );
  if (caller === 'program') return [];
  await library.scan();
  const others = store.adapters.map((state) => state.adapter).filter((other) => other !== adapter);
  const chosen = others.length === 0 ? [] : await askVariants(adapter, others);
  return chosen === undefined ? undefined : variantIds(chosen);
}

function fromWorkspace(place: string): string {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return root === undefined ? place : path.resolve(root, place);
}
