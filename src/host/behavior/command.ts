import * as path from 'node:path';
import * as vscode from 'vscode';
import { failure } from '../../core/errors';
import { say } from '../../core/message';
import type { EvaluationDocument } from '../../core/results/evaluation/types';
import type { MeasureRequest, RunnerRequest, VariantRequest } from '../../protocol/evaluatorApi';
import type { OptionsOf } from '../commandTable';
import type { Invocation } from '../commands/call';
import { refuseUntrusted } from '../commands/trust';
import { locateModel } from '../models/findModels';
import { placesOf } from '../models/modelChooser';
import type { Services } from '../services';
import { Endpoints, parseEndpoint, type Endpoint } from './endpoints';
import { runMeasurement } from './measure';
import { askKey, askRunner, askSuite, askVariants, confirmEndpoint, confirmEstimate } from './questions';
import { SUITE_GLOB, suiteFolders, type SuiteFolder } from './suiteFolders';
import { requestAgain, type PromptIds } from './testOutcome';
import { variantIds } from './variantIds';

type MeasureCall = Invocation<OptionsOf<'measure'>>;

/** Environment variable in which the evaluator finds the key of an endpoint. */
const KEY_VARIABLE = 'SPLORA_ENDPOINT_KEY';
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
  if (call.caller === 'user') services.surfaces.showPanel(adapter);
  return runMeasurement(services, {
    request,
    ...(place.key === undefined ? {} : { env: { [KEY_VARIABLE]: place.key } }),
    confirm: async (evaluator, signal) => {
      if (call.caller === 'program') return true;
      return confirmEstimate(adapter, await evaluator.call('estimate', request, { signal }));
    },
  });
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
    ...(place.key === undefined ? {} : { env: { [KEY_VARIABLE]: place.key } }),
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

async function suitesOf(
  { memento }: Services,
  adapter: string,
  { options, caller }: MeasureCall,
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

interface Place {
  readonly runner: RunnerRequest;
  readonly key: string | undefined;
}

async function placeOf(
  { context }: Services,
  adapter: string,
  { options, caller }: Pick<MeasureCall, 'options' | 'caller'>,
): Promise<Place | undefined> {
  const endpoints = new Endpoints(context.globalState, context.secrets);
  const asked =
    options.runner !== undefined
      ? parseEndpoint(options.runner)
      : caller === 'program'
        ? 'here'
        : await askRunner(adapter, endpoints);
  if (asked === undefined) return undefined;
  if (asked === 'here') return { runner: { kind: 'onnx' }, key: undefined };
  if (!endpoints.isConfirmed(asked) && !(await confirmEndpoint(asked))) return undefined;
  const key = await keyOf(endpoints, asked, caller);
  if (key === undefined) return undefined;
  await endpoints.keep(asked);
  const { url, host, isThisMachine } = asked;
  const runner: RunnerRequest = {
    kind: 'endpoint',
    url,
    ...(isThisMachine ? {} : { confirmedHost: host }),
    ...(key === '' ? {} : { keyVariable: KEY_VARIABLE }),
    ...(options.models === undefined ? {} : { models: options.models }),
  };
  return { runner, key: key === '' ? undefined : key };
}

/** Where a runner was, with the key that is known by now. */
async function placeAgain(
  services: Services,
  adapter: string,
  runner: RunnerRequest,
): Promise<Place | undefined> {
  if (runner.kind === 'onnx') return { runner, key: undefined };
  const { keyVariable: _key, ...rest } = runner;
  const place = await placeOf(services, adapter, { caller: 'user', options: { runner: runner.url } });
  return place === undefined ? undefined : { ...place, runner: { ...rest, ...place.runner } };
}

/** The key that is kept, else what the user types; empty: none. Undefined: the user canceled. */
async function keyOf(
  endpoints: Endpoints,
  endpoint: Endpoint,
  caller: MeasureCall['caller'],
): Promise<string | undefined> {
  const kept = await endpoints.key(endpoint);
  if (kept !== undefined || caller === 'program') return kept ?? '';
  const typed = await askKey(endpoint);
  if (typed !== undefined && typed !== '') await endpoints.setKey(endpoint, typed);
  return typed;
}

function fromWorkspace(place: string): string {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return root === undefined ? place : path.resolve(root, place);
}
