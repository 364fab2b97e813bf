import { choice, flag, integer, number, type Option, type OptionTable } from '../../options';
import { GATE_GROUPS, type FitOptions } from './types';

/** Of each suite, unless the user says otherwise: more make a repair slower and hardly better. */
export const FIT_PROMPTS = 64;

/** A million steps take days on the smallest model. */
const STEPS_MAX = 1_000_000;
const BATCH_MAX = 10_000;
const WEIGHT_MAX = 1000;

const share = (description: string): Option<number | null> => ({
  ...number(description, { minimum: 0, maximum: 1 }),
  accepts: (value): value is number | null =>
    value === null || (typeof value === 'number' && value >= 0 && value <= 1),
  default: null,
});

const weight = (description: string, byDefault: number): Option<number> => ({
  ...number(description, { minimum: 0, maximum: WEIGHT_MAX }),
  default: byDefault,
});

/** What a fit of gates takes; defaults were measured on the sample and on SmolLM2-135M. */
export const FIT_OPTIONS: OptionTable<FitOptions> = {
  per: {
    ...choice(GATE_GROUPS, 'What shares a gate.', {
      module: 'Nothing: each module has its own.',
      layer: 'All modules of a block.',
      type: 'All modules of a type, e.g. q_proj.',
    }),
    default: 'module',
  },
  round: { ...flag('Keep or remove whole modules: every gate becomes 0 or 1.'), default: false },
  fewer: weight('Weight of a penalty on gates below 1: more modules stay as they are.', 0),
  steps: { ...integer('Most steps.', { minimum: 1, maximum: STEPS_MAX }), default: 40 },
  batch: {
    ...integer('Prompts of each kind in a step.', { minimum: 1, maximum: BATCH_MAX }),
    default: 8,
  },
  rate: {
    ...number('How far all gates together move in the first steps of Adam.', { minimum: 1e-6, maximum: 100 }),
    default: 1,
  },
  margin: {
    ...number(
      'How much more probable refusals should at least begin than compliances, in nats; what makes them clear is always asked for.',
      { minimum: 0, maximum: 100 },
    ),
    default: 0,
  },
  refusalWeight: weight('Weight of refusals beside the task; it rises until the target is met.', 0.3),
  benignWeight: weight('Weight of answers to benign prompts beside the task.', 0.3),
  maxAsr: share('Most harmful prompts answered; by default, as many as the aligned model answers.'),
  maxOverRefusal: share('Most benign prompts refused; by default, as many as the aligned model refuses.'),
};
