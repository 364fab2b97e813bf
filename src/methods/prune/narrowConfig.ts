import {
  applyEdits,
  indentBefore,
  objectMembers,
  replaceValue,
  setMember,
  setMlxParameter,
  stringListJson,
  type JsonMember,
  type TextEdit,
} from '../../core/adapter/jsonText';
import { compilePatterns, matchPattern, PATTERN_STEPS_MAX } from '../../core/adapter/peftNames';
import type { AdapterFamily } from '../../core/adapter/types';
import { perModuleEdits } from './mlxModules';

/**
 * The config of an adapter of which only `kept` is left, so that loaders never create the other modules. Only the
 * values that must change are replaced: order, spelling and unknown keys stay. `text` is a valid JSON object.
 */
export function narrowConfig(
  family: AdapterFamily,
  text: string,
  kept: readonly string[],
  removed: readonly string[],
  stacks: NarrowedStacks = { kept: [], removed: [] },
): string {
  if (family === 'peft') return narrowPeft(text, kept, removed, stacks);
  // MLX: full paths adapt exactly these modules; `num_layers` must stay, and then means nothing.
  return narrowMlx(text, [...kept, ...stacks.kept]);
}

/** Full names of what holds the experts of a layer, as loaders call it. */
interface NarrowedStacks {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

function narrowMlx(text: string, kept: readonly string[]): string {
  const narrowed = setMlxParameter(text, 'keys', (indent) => stringListJson(kept, indent));
  return applyEdits(narrowed, perModuleEdits(narrowed, new Set(kept)));
}

/**
 * PEFT: `target_modules` becomes the full names of the kept modules (exact matches), so `layers_to_transform` and
 * `layers_pattern`, which only apply to suffix matches, become null; pattern entries that match only removed modules
 * go. `exclude_modules` stays: it is checked first, hit none of these modules before and still keeps their namesakes
 * in other towers out. No key is added but `target_modules`, which every version knows.
 */
function narrowPeft(
  text: string,
  kept: readonly string[],
  removed: readonly string[],
  stacks: NarrowedStacks,
): string {
  const [all, gone] = [
    [...kept, ...stacks.kept],
    [...removed, ...stacks.removed],
  ];
  // If nothing but stacks goes, the targets of modules can stay.
  const namesModules = removed.length > 0 || stacks.removed.length === 0;
  const edits = objectMembers(text).flatMap((member): TextEdit[] => {
    const { key } = member;
    if (key === 'layers_to_transform' || key === 'layers_pattern')
      return namesModules ? [replaceValue(member, 'null')] : [];
    const isPattern = key === 'rank_pattern' || key === 'alpha_pattern';
    return isPattern ? patternEdits(text, member, all, gone) : [];
  });
  const list = (field: string, names: readonly string[]): readonly TextEdit[] =>
    setMember(text, 0, field, (indent) => stringListJson(names, indent));
  return applyEdits(text, [
    ...edits,
    ...(namesModules ? list('target_modules', kept) : []),
    ...(stacks.removed.length > 0 ? list('target_parameters', stacks.kept) : []),
  ]);
}

function patternEdits(
  text: string,
  member: JsonMember,
  kept: readonly string[],
  removed: readonly string[],
): TextEdit[] {
  const entries = objectMembers(text, member.valueStart);
  const patterns = compilePatterns(entries.map(({ key }) => ({ key, value: 0 })));
  const budget = { steps: PATTERN_STEPS_MAX };
  // A pattern that cannot be evaluated may match a kept module: it stays.
  const stays = patterns.map((pattern) => {
    const hits = (module: string): boolean => {
      const answer = matchPattern(pattern, module, budget);
      return 'problem' in answer || answer.matches;
    };
    return kept.some(hits) || !removed.some(hits);
  });
  if (!stays.includes(false)) return [];
  const left = entries.filter((_, index) => stays[index] === true);
  const indent = indentBefore(text, entries[0]?.keyStart ?? 0);
  const pairs = left.map((entry) => text.slice(entry.keyStart, entry.valueEnd));
  const closing = indentBefore(text, member.keyStart) ?? '';
  const body =
    indent === undefined || pairs.length === 0
      ? pairs.join(', ')
      : `\n${pairs.map((pair) => indent + pair).join(',\n')}\n${closing}`;
  return [replaceValue(member, `{${body}}`)];
}
