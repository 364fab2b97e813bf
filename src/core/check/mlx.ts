import type { AdapterModule } from '../adapter/types';
import { quotedList } from '../adapter/names';
import { isRecord } from '../record';
import { say } from '../message';
import { isMissing, namesOf, otherFileName, refusals } from './facts';
import { NAME_MISMATCH, otherShapes } from './model';
import type { CheckInput, LoaderRules, LoadRule, ModuleRule, RuleValues } from './types';

/**
 * mlx-lm as of 2026. Since 0.32 (ml-explore/mlx-lm#1727) every tensor must be a parameter of the adapted model and have
 * its shape; tensors may be missing in all versions.
 */
const parametersOf = ({ adapter }: CheckInput): Readonly<Record<string, unknown>> => {
  const parameters = adapter.config['lora_parameters'];
  return isRecord(parameters) ? parameters : {};
};

const load: readonly LoadRule[] = [
  // tuner/utils.py: load_adapters
  ...refusals('mlx-lm', 'MLX', 'PEFT'),
  otherFileName('mlx-lm', 'adapters.safetensors'),
  {
    severity: 'error',
    field: 'num_layers',
    message: say(
      'The config has no field "num_layers", which mlx-lm requires. If keys contains full names, any number works.',
    ),
    when: ({ adapter }) => typeof adapter.config['num_layers'] !== 'number',
  },
  // tuner/utils.py: linear_to_lora_layers
  ...['rank', 'scale', 'dropout'].map((name): LoadRule => ({
    severity: 'error',
    field: `lora_parameters.${name}`,
    message: say('The config has no field "lora_parameters.{0}", which mlx-lm requires.', name),
    when: (input) => typeof parametersOf(input)[name] !== 'number',
  })),
  {
    severity: 'note',
    field: 'lora_parameters.keys',
    message: say(
      'Without lora_parameters.keys mlx-lm adapts all linear layers of the last num_layers blocks; versions from early 2025 adapt only some, depending on the model type. Full names in keys work the same in all versions.',
    ),
    when: (input) => isMissing(parametersOf(input)['keys']),
  },
  // tuner/lora.py: LoRALinear.from_base
  {
    severity: 'error',
    field: 'lora_parameters.rank',
    message: say(
      'mlx-lm uses one rank for all modules ({0}), but {1} have a different one: it stops with a shape mismatch (before 0.32 they are ignored). Write the adapter with the scale baked in.',
    ),
    when: otherRanks,
  },
  // tuner/utils.py: load_adapters
  {
    severity: 'error',
    message: say(
      'Size mismatch: {0}. mlx-lm stops with an error (before 0.32, during inference). Choose the model that the adapter was trained on.',
    ),
    when: otherShapes,
  },
];

const modules: readonly ModuleRule[] = [
  // tuner/utils.py: linear_to_lora_layers
  {
    kind: 'silent',
    reason: (input) => {
      const creates = createsLayer(input);
      return (module) =>
        creates(module) === false
          ? say(
              'lora_parameters.keys and num_layers create no layer for it: mlx-lm before 0.32 ignores its tensors, later versions stop.',
            )
          : undefined;
    },
  },
  // tuner/utils.py: load_adapters
  NAME_MISMATCH,
];

export const MLX: LoaderRules = { load, modules };

function otherRanks(input: CheckInput): RuleValues {
  const { rank } = parametersOf(input);
  if (typeof rank !== 'number') return undefined;
  const others = input.adapter.modules.filter((module) => module.rank !== rank);
  return others.length > 0 && [rank, quotedList(namesOf(others))];
}

/**
 * Whether mlx-lm makes a LoRA layer of a module: full names in keys, or relative ones in the last `num_layers` blocks,
 * which are all blocks for 0 and less.
 */
function createsLayer(input: CheckInput): (module: AdapterModule) => boolean | undefined {
  const { keys } = parametersOf(input);
  const layers = input.adapter.config['num_layers'];
  const blocks = input.model === undefined ? undefined : blockCount(input.model.tensors.keys());
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
