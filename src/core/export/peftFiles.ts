import type { Adapter } from '../adapter/types';
import { isSameScale } from '../check/facts';
import type { ExportInput, ExportPlan } from './types';
import { planTensors, uniformFactors } from './uniformFactors';

/**
 * PEFT's files with one rank and one scale: `lora_alpha / r`, without rsLoRA and patterns, which not every version of
 * every loader reads.
 */
export function planPeftFiles(input: ExportInput, title: string): ExportPlan {
  const { adapter } = input;
  const names = (module: string): readonly [string, string] => {
    const stem = `base_model.model.${module}`;
    return [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
  };
  const { rank, scale, tensors, notes } = uniformFactors(adapter, title, names, false);
  const metadata = new Map([['format', 'pt'], ...(input.metadata ?? [])]);
  return {
    weightsName: 'adapter_model.safetensors',
    weights: planTensors({ ...input, metadata }, tensors),
    modules: adapter.modules.length,
    configText: configText(adapter, rank, scale),
    notes,
  };
}

/** Only fields that every version since PEFT 0.10 reads. */
function configText(
  { config, alignedHint, fanInFanOut, modules }: Adapter,
  rank: number,
  scale: number,
): string {
  const alpha = scale * rank;
  const whole = Math.round(alpha);
  const task = config['task_type'];
  return `${JSON.stringify(
    {
      peft_type: 'LORA',
      task_type: typeof task === 'string' ? task : 'CAUSAL_LM',
      base_model_name_or_path: alignedHint ?? null,
      r: rank,
      lora_alpha: isSameScale(alpha, whole) ? whole : alpha,
      lora_dropout: 0,
      bias: 'none',
      fan_in_fan_out: fanInFanOut,
      use_rslora: false,
      use_dora: false,
      init_lora_weights: true,
      inference_mode: true,
      modules_to_save: null,
      rank_pattern: {},
      alpha_pattern: {},
      target_modules: modules.map(({ name }) => name),
    },
    null,
    2,
  )}\n`;
}
