import { say } from '../message';
import { otherFileName } from './facts';
import { PEFT_CONFIG_RULES } from './peftConfigRules';
import { TRANSFORMERS_KEYS } from './peftKeys';
import { peftTensorRules } from './peftTensors';
import type { LoaderRules } from './types';

const LOAD_ADAPTER = 'transformers/integrations/peft.py: PeftAdapterMixin.load_adapter';
const tensors = peftTensorRules(TRANSFORMERS_KEYS);

/**
 * `model.load_adapter` of transformers with PEFT installed: PEFT's config and modules, and the names of tensors as
 * transformers reads those of a checkpoint; read in the source of 5.19.0, and run.
 */
export const TRANSFORMERS: LoaderRules = {
  load: [
    ...PEFT_CONFIG_RULES,
    otherFileName('load_adapter', 'adapter_model.safetensors', LOAD_ADAPTER, ['adapter_model.bin']),
    {
      severity: 'error',
      source: LOAD_ADAPTER,
      message: say('load_adapter does not load adapter_model.bin: save the adapter as safetensors.'),
      when: ({ adapter }) => adapter.weightsFile.endsWith('.bin'),
    },
    ...tensors.load,
  ],
  modules: tensors.modules,
};
