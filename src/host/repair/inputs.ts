import * as vscode from 'vscode';
import type { ExportTarget } from '../../core/export/targets';
import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { defined } from '../../core/record';
import type { MeasuredRepairRequest } from '../../protocol/repairApi';
import { suitesOf } from '../behavior/command';
import { placeOf, type Place } from '../behavior/place';
import type { OptionsOf } from '../commandTable';
import { modelsFor } from '../commands/analyze';
import type { Invocation } from '../commands/call';
import type { Services } from '../services';
import { AS_ORIGINAL, type ModelPair } from '../settingDefinitions';

/** What a repair by measurement works with, given or asked for. */
export interface RepairInputs {
  readonly pair: ModelPair;
  readonly suites: readonly string[];
  readonly place: Place;
}

type Call = Invocation<Pick<OptionsOf<'repair'>, 'base' | 'aligned' | 'models' | 'suites' | 'runner'>>;

/** Undefined: the user canceled. */
export async function askInputs(
  services: Services,
  adapter: string,
  call: Call,
): Promise<RepairInputs | undefined> {
  const pair = await modelsFor(services, adapter, call);
  const suites = pair === undefined ? undefined : await suitesOf(services, adapter, call);
  if (pair === undefined || suites === undefined) return undefined;
  // `models` are the base and aligned models here, and not those of a server.
  const { options, caller } = call;
  const place = await placeOf(services, adapter, { options: defined({ runner: options.runner }), caller });
  return place === undefined ? undefined : { pair, suites, place };
}

/** The loader that adapters are written for, by the settings; undefined: as the original. */
export function configuredTarget(settings: Services['settings'], adapter: string): ExportTarget | undefined {
  const target = settings.get('prune.for', vscode.Uri.file(adapter));
  return target === AS_ORIGINAL ? undefined : target;
}

/** The aligned model's own refusals, and the most of the task that can be had. */
const TARGET = { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: DEFAULT_TASK_SCORE } as const;

/** @param method `AUTO`, or the id of a method */
export function repairRequest(
  { settings }: Pick<Services, 'settings'>,
  { adapter, method }: { readonly adapter: string; readonly method: string },
  { pair, suites, place }: RepairInputs,
  { copyRest, for: target }: Pick<OptionsOf<'repair'>, 'copyRest' | 'for'>,
): MeasuredRepairRequest {
  return {
    ...{ adapter, base: pair.base, method, options: {}, anyway: false },
    measure: { aligned: pair.aligned, suites, runner: place.runner },
    ...{ curve: true, chance: true, target: TARGET },
    copyRest: copyRest ?? settings.get('prune.copyRest', vscode.Uri.file(adapter)),
    ...defined({ for: target ?? configuredTarget(settings, adapter) }),
  };
}
