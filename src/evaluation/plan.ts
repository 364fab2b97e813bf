import { dirname, join } from 'node:path';
import { failure } from '../core/errors';
import { say, type Message } from '../core/message';
import { visibleText } from '../core/report/escape';
import { ADAPTER, ALIGNED } from '../core/results/evaluation/summarize';
import type { EvaluationDocument } from '../core/results/evaluation/types';
import type { InputIdentity } from '../core/results/types';
import { CONFIG_NAME, findAdapterFiles } from '../io/adapterFiles';
import { openByteSource } from '../io/byteSource';
import { identityIfThere, inputIdentity, modelFolder, weightFiles } from '../io/inputIdentity';
import { openCheckpoint } from '../io/openCheckpoint';
import { hashSource } from '../io/writeSafetensors';
import type { MeasureEvent, MeasureRequest, VariantRequest } from '../protocol/evaluatorApi';
import type { CallContext } from '../rpc/channel';
import type { Variant } from './runners/types';
import { loadSuites } from './suites/loadSuites';
import type { Suite, SuitePrompt } from './suites/types';

/** Fits a short answer; the note on answers that were cut off says when it does not. */
export const DEFAULT_MAX_NEW_TOKENS = 64;
/** Longer answers than any context here. */
const MAX_NEW_TOKENS = 100_000;
/** Each answers every prompt. */
const MAX_VARIANTS = 100;
/** What `scale` multiplies by; an adapter at a thousand times its strength is a mistake. */
const MAX_SCALE = 1000;

/** Of a call: cancel and events. */
export type Context = CallContext<MeasureEvent>;

export interface PlannedVariant extends Variant {
  /** Of the adapter's weights file; null: there is none, or a server has it. */
  readonly sha256: string | null;
}

export interface PlannedPrompt extends SuitePrompt {
  /** Index in `MeasurePlan.suites`. */
  readonly suiteAt: number;
}

/** What is going to be measured: everything that can be known before a model is loaded. */
export interface MeasurePlan {
  readonly request: MeasureRequest;
  /** Absolute path of the adapter's weights file. */
  readonly adapter: string;
  readonly variants: readonly PlannedVariant[];
  readonly prompts: readonly PlannedPrompt[];
  readonly suites: EvaluationDocument['suites'];
  readonly inputs: readonly InputIdentity[];
  readonly maxNewTokens: number;
  readonly notes: readonly Message[];
}

/** @throws SploraError `bad-request`, and those of adapters, models and suites that cannot be read */
export async function planMeasure(request: MeasureRequest, signal: AbortSignal): Promise<MeasurePlan> {
  const maxNewTokens = request.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS;
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1 || maxNewTokens > MAX_NEW_TOKENS)
    throw failure('bad-request', say('The number of new tokens must be from 1 to {0}.', MAX_NEW_TOKENS));
  const { weightsFile } = await findAdapterFiles(request.adapter);
  const variants = await plannedVariants(request, signal);
  const { suites, notes } = await loadSuites(request.suites, {
    skipBrokenLines: request.skipBrokenLines === true,
    signal,
  });
  const chosen = suites.map((suite) => ({ suite, prompts: chosenPrompts(suite, request) }));
  const prompts = chosen.flatMap((one, suiteAt) => one.prompts.map((prompt) => ({ ...prompt, suiteAt })));
  if (prompts.length === 0)
    throw failure(
      'bad-request',
      say('No prompt of the suites is in the split {0}.', request.split ?? 'test'),
      suites[0]?.file,
      say('Choose another split (--split all), or other suites.'),
    );
  return {
    request,
    adapter: weightsFile,
    variants,
    prompts,
    suites: chosen.map(({ suite: { file, kind, sha256, prompts: all }, prompts: some }) => ({
      ...{ file, kind, sha256 },
      prompts: some.length,
      total: all.length,
    })),
    inputs: await inputsOf(request, variants, suites),
    maxNewTokens,
    notes,
  };
}

function chosenPrompts(suite: Suite, request: MeasureRequest): readonly SuitePrompt[] {
  const { split = 'test', limit, only, spread = false } = request;
  const all = suite.prompts.filter((prompt) => split === 'all' || prompt.split === split);
  const prompts = spread && limit !== undefined ? spreadOver(all, limit) : all.slice(0, limit);
  if (only === undefined) return prompts;
  const ids = new Set(only[suite.kind]);
  return prompts.filter(({ id }) => ids.has(id));
}

/** `count` of them, as far from each other as they can be. */
function spreadOver<T>(all: readonly T[], count: number): readonly T[] {
  if (count >= all.length) return all;
  return all.filter(
    (_, at) => Math.floor((at * count) / all.length) !== Math.floor(((at - 1) * count) / all.length),
  );
}

async function plannedVariants(
  { adapter, variants: wanted, runner }: MeasureRequest,
  signal: AbortSignal,
): Promise<readonly PlannedVariant[]> {
  checkVariants(wanted);
  const served =
    runner.kind === 'endpoint' ? new Map(Object.entries(runner.models ?? {})) : new Map<string, string>();
  const hashes = new Map<string, string>();
  const planned: PlannedVariant[] = [{ id: ALIGNED, adapter: null, scale: 1, sha256: null }];
  for (const { id, adapter: own, scale = 1 } of [{ id: ADAPTER }, ...wanted] as readonly VariantRequest[]) {
    // A model that a server has under a name of its own need not be here.
    const isElsewhere = served.has(id) && own === undefined && id !== ADAPTER;
    if (isElsewhere) {
      planned.push({ id, adapter: served.get(id) ?? id, scale, sha256: null });
      continue;
    }
    const { weightsFile } = await findAdapterFiles(own ?? adapter);
    const sha256 = hashes.get(weightsFile) ?? (await hashOf(weightsFile, signal));
    hashes.set(weightsFile, sha256);
    planned.push({ id, adapter: weightsFile, scale, sha256 });
  }
  return planned;
}

/** Names are columns of tables and parts of file names. */
const VARIANT_ID = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u;

function checkVariants(variants: readonly VariantRequest[]): void {
  const seen = new Set<string>([ALIGNED, ADAPTER]);
  if (variants.length > MAX_VARIANTS)
    throw failure('bad-request', say('At most {0} variants can be measured at once.', MAX_VARIANTS));
  for (const { id, scale = 1 } of variants) {
    if (!VARIANT_ID.test(id))
      throw failure(
        'bad-request',
        say('{0} cannot be the name of a variant.', JSON.stringify(visibleText(id))),
        undefined,
        say('Use letters, digits, dots, hyphens and spaces.'),
      );
    if (seen.has(id))
      throw failure('bad-request', say('Two variants are called {0}.', id), undefined, say('Rename one.'));
    if (!(Math.abs(scale) <= MAX_SCALE))
      throw failure(
        'bad-request',
        say('The scale of {0} must be from {1} to {2}.', id, -MAX_SCALE, MAX_SCALE),
      );
    seen.add(id);
  }
}

async function hashOf(file: string, signal: AbortSignal): Promise<string> {
  const source = await openByteSource(file);
  try {
    return await hashSource(source, { signal });
  } finally {
    await source.close();
  }
}

/** Of a model, besides its weights. Tokenizer and template are in the record of the runner. */
const MODEL_CONFIGS = ['config.json', 'generation_config.json'];

/** Every file that the result depends on. */
async function inputsOf(
  { runner, aligned }: MeasureRequest,
  variants: readonly PlannedVariant[],
  suites: readonly Suite[],
): Promise<readonly InputIdentity[]> {
  const files = new Set<string>();
  const configs = new Set<string>();
  for (const { adapter, sha256 } of variants) {
    if (adapter === null || sha256 === null) continue;
    files.add(adapter);
    configs.add(join(dirname(adapter), CONFIG_NAME));
  }
  if (runner.kind === 'onnx') {
    const checkpoint = await openCheckpoint(aligned);
    for (const file of weightFiles(checkpoint)) files.add(file);
    const folder = await modelFolder(checkpoint);
    for (const name of MODEL_CONFIGS) configs.add(join(folder, name));
  }
  for (const { file } of suites) files.add(file);
  return await Promise.all([...[...files].map(inputIdentity), ...[...configs].map(identityIfThere)]);
}
