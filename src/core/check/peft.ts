import { say } from '../message';
import { otherFileName } from './facts';
import { PEFT_CONFIG_RULES } from './peftConfigRules';
import { PEFT_KEYS } from './peftKeys';
import { peftTensorRules } from './peftTensors';
import type { LoaderRules } from './types';

const tensors = peftTensorRules(PEFT_KEYS);

/** `PeftModel.from_pretrained`; read in the source of 0.21.2, and run. */
export const PEFT: LoaderRules = {
  load: [
    ...PEFT_CONFIG_RULES,
    otherFileName('PEFT', 'adapter_model.safetensors', 'peft/utils/save_and_load.py: load_peft_weights', [
      'adapter_model.bin',
    ]),
    ...tensors.load,
  ],
  modules: [
    {
      kind: 'silent',
      before: [0, 18],
      source: 'https://github.com/huggingface/peft/pull/2773',
      reason:
        () =>
        ({ name }) =>
          name.includes('weight')
            ? say(
                'Its name contains "weight": PEFT before {0} puts the name of the adapter in the wrong place.',
                '0.18',
              )
            : undefined,
    },
    ...tensors.modules,
  ],
};
