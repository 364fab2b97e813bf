import { lastOfPath } from '../lastPart';
import { isRecord } from '../record';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { displayName } from '../safetensors/displayName';
import { nameMismatch } from './modelNames';
import { shapeFindings } from './modelShapes';
import type { CheckInput, LoaderCheck, LoadFinding, SilentModule } from './types';
import { failed, finished } from './verdict';
import { say, type Message } from '../message';

/**
 * What mlx-lm does with the adapter (`tuner/utils.py:load_adapters`, as of 2026). Since 0.32 (ml-explore/mlx-lm#1727)
 * every tensor must be a parameter of the adapted model and have its shape; tensors may be missing in all versions.
 */
export function checkMlx(input: CheckInput): LoaderCheck {
  const { adapter, configText } = input;
  if (adapter.family === 'peft')
    return failed('mlx', say('This is a PEFT adapter, which mlx-lm does not read: convert it to MLX first.'));
  if (configText === undefined)
    return failed('mlx', say('There is no adapter_config.json, without which mlx-lm loads nothing.'));
  const findings = [
    ...fieldFindings(input),
    ...rankFindings(input),
    ...shapeFindings(input, say('mlx-lm stops with an error (versions before 0.32 when they compute)')),
  ];
  const created = creates(input);
  const silent = adapter.modules.flatMap((module) => silentReason(module, input, created));
  return finished('mlx', adapter.modules, silent, findings);
}

function fieldFindings({ adapter }: CheckInput): LoadFinding[] {
  const findings: LoadFinding[] = [];
  const error = (field: string, message: Message): void => {
    findings.push({ severity: 'error', message, field });
  };
  const { config } = adapter;
  const name = lastOfPath(adapter.weightsFile);
  if (name !== 'adapters.safetensors') {
    const message = say(
      'mlx-lm looks for adapters.safetensors, the file is called {0}: rename it.',
      displayName(name),
    );
    findings.push({ severity: 'error', message });
  }
  if (typeof config['num_layers'] !== 'number')
    error(
      'num_layers',
      say('mlx-lm requires the field "num_layers" (any number will do with full names in keys).'),
    );
  const parameters = isRecord(config['lora_parameters']) ? config['lora_parameters'] : {};
  for (const field of ['rank', 'scale', 'dropout']) {
    if (typeof parameters[field] !== 'number')
      error(
        `lora_parameters.${field}`,
        say('mlx-lm requires the field "lora_parameters.{0}", and the config has none.', field),
      );
  }
  if (parameters['keys'] === undefined || parameters['keys'] === null) {
    const message = say(
      'Without lora_parameters.keys mlx-lm adapts all linear layers of the last num_layers blocks; versions of early 2025 only the projections that they know for the model type. Full names in keys mean the same to all.',
    );
    findings.push({ severity: 'note', message, field: 'lora_parameters.keys' });
  }
  return findings;
}

function rankFindings({ adapter }: CheckInput): LoadFinding[] {
  const parameters = adapter.config['lora_parameters'];
  const rank = isRecord(parameters) ? parameters['rank'] : undefined;
  if (typeof rank !== 'number') return [];
  const others = adapter.modules.filter((module) => module.rank !== rank);
  if (others.length === 0) return [];
  const message = say(
    'mlx-lm has one rank for all ({0}), which {1} do not have: it stops with a shape mismatch (ignored before 0.32). Write the adapter with the scale baked in.',
    rank,
    quotedList(others.map(({ name }) => name)),
  );
  return [{ severity: 'error', message, field: 'lora_parameters.rank' }];
}

/**
 * Whether mlx-lm makes a LoRA layer of a module (`linear_to_lora_layers`): full names in keys, or relative ones in
 * `layers[-max(num_layers, 0):]`, the last num_layers blocks, and all of them for 0 and less.
 */
function creates({ adapter, model }: CheckInput): (module: AdapterModule) => boolean | undefined {
  const parameters = adapter.config['lora_parameters'];
  const keys = isRecord(parameters) ? parameters['keys'] : undefined;
  const layers = adapter.config['num_layers'];
  const blocks = model === undefined ? undefined : blockCount(model.tensors.keys());
  const inLastBlocks = (name: string): boolean | undefined => {
    const block = blockOf(name);
    if (block === undefined || typeof layers !== 'number' || layers <= 0) return block !== undefined;
    return blocks === undefined ? undefined : block >= blocks - layers;
  };
  if (!Array.isArray(keys)) return ({ name }) => inLastBlocks(name);
  const listed = new Set<unknown>(keys);
  return ({ name }) => {
    if (listed.has(name)) return true;
    return listed.has(name.replace(/^.*?\blayers\.\d+\./, '')) ? inLastBlocks(name) : false;
  };
}

const blockOf = (name: string): number | undefined => {
  const digits = /(?:^|\.)layers\.(\d{1,6})\./.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

function blockCount(tensors: Iterable<string>): number {
  let count = 0;
  for (const name of tensors) count = Math.max(count, (blockOf(name) ?? -1) + 1);
  return count;
}

function silentReason(
  module: AdapterModule,
  { adapter, model }: CheckInput,
  created: (module: AdapterModule) => boolean | undefined,
): SilentModule[] {
  if (created(module) === false) {
    const reason = say(
      'lora_parameters.keys and num_layers create no layer for it: mlx-lm before 0.32 passes over its tensors, later versions stop.',
    );
    return [{ module: module.name, reason }];
  }
  const mismatch = model === undefined ? undefined : nameMismatch(module, adapter, model);
  return mismatch === undefined ? [] : [{ module: module.name, reason: mismatch }];
}
