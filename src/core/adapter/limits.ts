import { isRecord } from '../record';
import { say, type Message } from '../message';

/** Initializations whose loader changes the base weights again: dW is not B A against the stock base. */
const BASE_CHANGING_INITS = ['pissa', 'olora', 'corda', 'loftq', 'lora_ga'];

/** Whether a config field is in force: not null, false or an empty list. */
export const isSet = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

/** A config field in force that changes what B A means, for every module of the adapter. */
interface ConfigLimit {
  /** Why no module can be scored. */
  readonly reason: Message;
  /** B = 0 still changes the output: `zero` would not be what it says. */
  readonly zeroChanges: boolean;
}

const FIELD_LIMITS: readonly (readonly [string, Message, boolean])[] = [
  [
    'kasa_config',
    say('KaSA truncates the base weights on load, so the update relative to the original base is not B A.'),
    true,
  ],
  [
    'layer_replication',
    say(
      'The field layer_replication repeats layers, so the modules do not match the layers of the checkpoint.',
    ),
    false,
  ],
  ['alora_invocation_tokens', say('aLoRA applies the update only after its invocation tokens.'), false],
  ['monteclora_config', say('MonteCLoRA samples the update, so it is not a single B A.'), false],
  [
    'arrow_config',
    say('Arrow routes between adapters at run time, so the update is not a single B A.'),
    false,
  ],
];

/** What the config says about all modules, in the order of severity; undefined: nothing in the way. */
export function configLimit(config: Readonly<Record<string, unknown>>): ConfigLimit | undefined {
  const init = config['init_lora_weights'];
  if (typeof init === 'string') {
    const kind = BASE_CHANGING_INITS.find((name) => init.toLowerCase().startsWith(name));
    if (kind !== undefined) {
      const reason = say(
        'The config\'s init_lora_weights is "{0}": loading changes the base weights, so the update is not B A relative to the original base.',
        kind,
      );
      return { reason, zeroChanges: true };
    }
  }
  for (const [field, reason, zeroChanges] of FIELD_LIMITS) {
    if (isSet(config[field])) return { reason, zeroChanges };
  }
  const plain = (reason: Message): ConfigLimit => ({ reason, zeroChanges: false });
  const { use_qalora: pooled, use_bdlora: blocks } = config;
  if (pooled === true)
    return plain(say("QA-LoRA pools the input in groups, so the update is not B A of the weight's shape."));
  if (blocks === true || isRecord(blocks))
    return plain(say('BD-LoRA stores block-diagonal factors, so the update is not plain B A.'));
  return undefined;
}

export const DORA_REASON = say('DoRA: the update depends on a trained magnitude, so it is not B A.');
