import { EXPORT_FORMATS } from '../../protocol/panel';
import { SploraError } from '../../core/errors';
import { PRUNE_MODES } from '../settingDefinitions';
import { say, type Message } from '../../core/message';

/** Every value that an option takes, or what kind of text. */
type Allowed = readonly (string | boolean)[] | 'model' | 'path';

const FLAG = [true, false] as const;

/** Options that callers give, by name: the same name means the same in every command. */
const OPTIONS = {
  base: 'model',
  aligned: 'model',
  model: 'model',
  force: FLAG,
  models: ['ask'],
  format: EXPORT_FORMATS,
  out: 'path',
  overwrite: FLAG,
  mode: PRUNE_MODES,
  copyRest: FLAG,
  bakeScale: FLAG,
  open: FLAG,
  stale: ['allow', 'ask'],
} as const satisfies Readonly<Record<string, Allowed>>;

export type OptionName = keyof typeof OPTIONS;

type Given = Readonly<Record<string, unknown>> | undefined;

/**
 * Nothing that a caller wants is passed over in silence.
 * @param names every option that the command takes
 * @throws SploraError `bad-request` for an option that there is not, or a value that it does not take
 */
export function checkOptions(given: Given, names: readonly OptionName[]): void {
  const unknown = Object.keys(given ?? {}).find((key) => !names.some((name) => name === key));
  if (unknown === undefined) {
    checkValues(given, names);
    return;
  }
  throw new SploraError({
    code: 'bad-request',
    message: say('There is no option {0}.', JSON.stringify(unknown)),
    ...(names.length === 0 ? {} : { advice: say('The options are {0}.', names.join(', ')) }),
  });
}

/**
 * As `checkOptions`, for these options alone: others are no concern of whoever asks.
 * @throws SploraError `bad-request`
 */
export function checkValues(given: Given, names: readonly OptionName[]): void {
  for (const name of names) {
    const value = given?.[name];
    const allowed: Allowed = OPTIONS[name];
    if (value === undefined || takes(allowed, value)) continue;
    throw new SploraError({
      code: 'bad-request',
      message: say('The option {0} cannot be {1}.', name, JSON.stringify(value)),
      advice: advice(allowed),
    });
  }
}

function takes(allowed: Allowed, value: unknown): boolean {
  return typeof allowed === 'string'
    ? typeof value === 'string' && value !== ''
    : allowed.some((one) => one === value);
}

function advice(allowed: Allowed): Message {
  switch (allowed) {
    case 'model':
      return say('Give a path or a Hugging Face repo id.');
    case 'path':
      return say('Give a path.');
    default:
      return say('It takes {0}.', allowed.map((one) => JSON.stringify(one)).join(', '));
  }
}
