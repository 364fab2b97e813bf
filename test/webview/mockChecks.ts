import type { LoaderCheck } from '../../src/core/check/types';
import type { CheckResult } from '../../src/protocol/engineApi';
import { mockMeasures } from './mockAdapters';
import { say } from '../../src/core/message';

const NAMES = mockMeasures(56).map(({ module }) => module);
const WHOLE: LoaderCheck = {
  loader: 'peft',
  verdict: 'loads',
  attached: NAMES,
  silent: [],
  unsure: [],
  findings: [],
};

/** A check of 56 modules: by default what PEFT and vLLM say to an adapter that one takes in part and the other not. */
export function mockCheck(fields: Partial<CheckResult> = {}): CheckResult {
  return {
    adapter: '/home/ann/runs/support-bot-lora/adapter_model.safetensors',
    model: '/home/anna/models/Llama-3.1-8B-Instruct',
    modules: 56,
    loaders: [partlyPeft(), failingVllm()],
    ...fields,
  };
}

/** One that every loader asked would take whole. */
export function goodCheck(): CheckResult {
  return mockCheck({ loaders: [WHOLE, { ...WHOLE, loader: 'vllm' }] });
}

function partlyPeft(): LoaderCheck {
  const silent = NAMES.slice(0, 8).map((module) => ({
    module,
    reason: say(
      'target_modules does not name it (or exclude_modules does): no module is created for its tensors.',
    ),
  }));
  const message = say('PEFT before 0.14 refuses the config: it does not know "eva_config" and "lora_bias".');
  return {
    loader: 'peft',
    verdict: 'partly',
    attached: NAMES.slice(8),
    silent,
    unsure: [],
    findings: [{ severity: 'note', message, versions: say('before 0.14') }],
  };
}

function failingVllm(): LoaderCheck {
  const message = say('The largest rank is 64, vLLM’s default limit 16: start it with --max-lora-rank 64.');
  return {
    loader: 'vllm',
    verdict: 'fails',
    attached: [],
    silent: [],
    unsure: [],
    findings: [
      { severity: 'error', message: say('vLLM refuses DoRA (use_dora).'), field: 'use_dora' },
      { severity: 'note', message, field: 'r' },
    ],
  };
}
