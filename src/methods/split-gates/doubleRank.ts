import {
  applyEdits,
  objectMembers,
  replaceValue,
  setMember,
  setMlxParameter,
} from '../../core/adapter/jsonText';
import { readPeftConfig } from '../../core/adapter/peftConfig';
import type { Adapter } from '../../core/adapter/types';

/** What `lora_A` must be multiplied by when every rank of the config doubles and alpha stays. */
export function doublingFactor({ family, config, configText = '{}', configFile }: Adapter): number {
  if (family === 'mlx') return 1;
  return readPeftConfig(config, configText, configFile).useRslora ? Math.SQRT2 : 2;
}

/** The config with every rank doubled: `r` and each `rank_pattern` entry, or MLX's `rank`. Alpha and its patterns stay. */
export function doubleRanks({ family, config, configFile, modules }: Adapter, text: string): string {
  if (family === 'mlx') {
    const rank = modules.reduce((most, module) => Math.max(most, module.rank), 0);
    return setMlxParameter(text, 'rank', () => String(2 * rank));
  }
  const { r } = readPeftConfig(config, text, configFile);
  const patterns = objectMembers(text)
    .filter(({ key, valueStart }) => key === 'rank_pattern' && text[valueStart] === '{')
    .flatMap(({ valueStart }) => objectMembers(text, valueStart));
  return applyEdits(text, [
    ...patterns.map((member) =>
      replaceValue(member, String(2 * Number(text.slice(member.valueStart, member.valueEnd)))),
    ),
    ...setMember(text, 0, 'r', () => String(2 * r)),
  ]);
}
