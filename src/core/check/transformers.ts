import { otherFileName } from './facts';
import { PEFT_CONFIG_RULES } from './peftConfigRules';
import { TRANSFORMERS_KEYS } from './peftKeys';
import { peftTensorRules } from './peftTensors';
import type { LoaderRules } from './types';

const tensors = peftTensorRules(TRANSFORMERS_KEYS);

/**
 * `model.load_adapter` of transformers with PEFT installed: PEFT's config and modules, and the names of tensors as
 * transformers reads those of a checkpoint; read in the source of 5.19.0, and run.
 */
export const TRANSFORMERS: LoaderRules = {
  load: [
    ...PEFT_CONFIG_RULES,
    otherFileName(
      'load_adapter',
      'adapter_model.safetensors',
      'transformers/integrations/peft.py: PeftAdapterMixin.load_adapter',
    ),
    ...tensors.load,
  ],
  modules: tensors.modules,
};
