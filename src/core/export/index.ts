import { readAdapter, withStacks } from '../adapter/readAdapter';
import { quotedList } from '../adapter/names';
import type { Adapter } from '../adapter/types';
import { checkLoad } from '../check/checkLoad';
import { appliedBy } from '../check/loadedAs';
import type { Loader, LoaderCheck } from '../check/types';
import type { Checkpoint } from '../checkpoint/types';
import { badRequest } from '../errors';
import { lastOfPath } from '../lastPart';
import { say, type Message } from '../message';
import { defined } from '../record';
import { LOADER_NAMES } from '../report/loaders';
import { LENGTH_BYTES, parseHeader } from '../safetensors/header';
import { planWrite } from '../safetensors/writePlan';
import { refused } from './factors';
import { planGguf } from './gguf';
import { planMlx } from './mlx';
import { planPeftFiles } from './peftFiles';
import { TARGETS, type ExportTarget } from './targets';
import type { ExportInput, ExportPlan } from './types';

const PLANS: Readonly<Record<ExportTarget, (input: ExportInput) => ExportPlan>> = {
  peft: (input) => planPeftFiles(input, TARGETS.peft.title),
  vllm: (input) => planPeftFiles(input, TARGETS.vllm.title),
  mlx: planMlx,
  gguf: planGguf,
};

/** As their own loaders look for them. */
const WEIGHTS_NAMES = { peft: 'adapter_model.safetensors', mlx: 'adapters.safetensors' } as const;

/** Whose effect the written file has: that of the program that the files were made for. */
const OWN_LOADER = { peft: 'peft', mlx: 'mlx' } as const;

/**
 * Plans the files with which `target` computes what the adapter does in the loader of its own format. The rules of the
 * load check are applied to what is written: a file that they find fault with is refused.
 * @throws SploraError `unsupported-adapter` with the reason of the loader, `bad-request` for what is missing
 */
export function planExport(target: ExportTarget, input: ExportInput): ExportPlan {
  const { model } = input;
  const adapter = withStacks(input.adapter);
  if (adapter.configText === undefined)
    throw badRequest(
      say('There is no adapter_config.json, so the scale of the modules is not known'),
      say('Add the one that the adapter was trained with.'),
      adapter.weightsFile,
    );
  const own = checkWith(OWN_LOADER[adapter.family], adapter, model);
  if (target === adapter.family && isFine(own))
    return planCopy(adapter, input.metadata, WEIGHTS_NAMES[adapter.family]);
  const { adapter: applied, ignored } = appliedBy(adapter, own);
  const modules = applied.modules.filter(({ name }) => !ignored.has(name));
  const plan = PLANS[target]({ ...input, adapter: { ...applied, modules } });
  const left = [...ignored.keys()];
  const notes = left.length === 0 ? [] : [leftOut(own.loader, left)];
  return { ...plan, notes: [...notes, ...plan.notes, ...verified(plan, target, adapter, model)] };
}

const isFine = ({ verdict }: LoaderCheck): boolean => verdict === 'same' || verdict === 'unknown';

const leftOut = (loader: Loader, modules: readonly string[]): Message =>
  say('{0} does not apply {1}, so they were left out.', LOADER_NAMES[loader], quotedList(modules));

function checkWith(loader: Loader, adapter: Adapter, model: Checkpoint | undefined): LoaderCheck {
  const [check] = checkLoad({ adapter, ...defined({ model }) }, [loader]);
  if (check === undefined) throw new Error('a loader has a check');
  return check;
}

/** The files byte for byte, but for the metadata. */
export const planCopy = (
  adapter: Adapter,
  metadata: ReadonlyMap<string, string> = new Map(),
  weightsName = lastOfPath(adapter.weightsFile),
): ExportPlan => ({
  weightsName,
  weights: planWrite(adapter.header, () => 'copy', metadata),
  modules: adapter.modules.length,
  ...defined({ configText: adapter.configText }),
  notes: [],
});

/** @returns what the user should know @throws SploraError `unsupported-adapter` where the loader would not do what was meant */
function verified(
  { weights, weightsName, configText }: ExportPlan,
  target: ExportTarget,
  original: Adapter,
  model: Checkpoint | undefined,
): readonly Message[] {
  // A file that is no safetensors is checked where it is planned.
  if (configText === undefined) return [];
  const { loader, title } = TARGETS[target];
  const { headerBytes, totalBytes } = weights;
  const header = parseHeader(headerBytes.subarray(LENGTH_BYTES), totalBytes, weightsName);
  const written = readAdapter({
    weightsFile: weightsName,
    configFile: 'adapter_config.json',
    header,
    configText,
  });
  const check = checkWith(loader, written, model);
  const faults = check.findings.filter(({ severity }) => severity === 'error' || severity === 'silent');
  const [fault] = faults.filter(({ flag }) => flag === undefined);
  const reason = fault?.message ?? [...check.silent, ...check.altered][0]?.reason;
  if (reason === undefined) return faults.map(({ message }) => message);
  throw refused(say('{0} would not have the same effect: {1}', title, reason), original.weightsFile);
}
