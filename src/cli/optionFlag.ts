import { InvalidArgumentError, Option } from 'commander';
import type { Option as Declaration } from '../core/options';
import { finiteNumber, wholeNumber } from './selectionFlags';

/** The flag of an option: `bakeScale` is `--bake-scale`. */
export function optionFlag(name: string, declaration: Declaration<unknown>): Option {
  const { type, choices, description, accepts, default: value, minimum, maximum } = declaration;
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const made = new Option(type === 'boolean' ? flag : `${flag} <${type}>`, sentence(description));
  if (choices !== undefined) made.choices(choices);
  if (type === 'number' || type === 'integer') {
    const range = minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`;
    made.argParser((text) => {
      const number = type === 'integer' ? wholeNumber(text) : finiteNumber(text);
      if (!accepts(number)) throw new InvalidArgumentError(`It must be a number${range}.`);
      return number;
    });
  }
  return value === undefined || value === false ? made : made.default(value);
}

/** Descriptions are sentences; flags have phrases. */
function sentence(description = ''): string {
  return description.charAt(0).toLowerCase() + description.slice(1).replace(/\.$/, '');
}
