import type { LoaderCheck } from '../../src/core/check/types';
import type { CheckResult } from '../../src/protocol/engineApi';
import { CLEAN_CHECK } from '../support/checkOne';
import { mockMeasures } from './mockAdapters';
import { say } from '../../src/core/message';

const NAMES = mockMeasures(56).map(({ module }) => module);
const WHOLE: LoaderCheck = { ...CLEAN_CHECK, attached: NAMES };

/** A check of 56 modules: by default what PEFT and vLLM say to an adapter that one takes in part and the other not. */
export function mockCheck(fields: Partial<CheckResult> = {}): CheckResult {
  return {
    adapter: '/home/ann/runs/support-bot-lora/adapter_model.safetensors',
    model: '/home/anna/models/Llama-3.1-8B-Instruct',
    modules: 56,
    loaders: [partlyPeft(), failingVllm()],
    differences: [],
    ...fields,
  };
}

/** One that every loader asked would take whole. */
export function goodCheck(): CheckResult {
  return mockCheck({ loaders: [WHOLE, { ...WHOLE, loader: 'vllm' }] });
}

function partlyPeft(): LoaderCheck {
  const reason = say('target_modules does not match it.');
  const silent = NAMES.slice(0, 8).map((module) => ({ module, reason }));
  return { ...WHOLE, verdict: 'other', attached: NAMES.slice(8), silent };
}

function failingVllm(): LoaderCheck {
  const findings = [{ severity: 'error', message: say('No DoRA.'), field: 'use_dora' }] as const;
  return { ...WHOLE, loader: 'vllm', verdict: 'refused', attached: [], findings };
}
