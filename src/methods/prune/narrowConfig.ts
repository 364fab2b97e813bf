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
): string {
  // MLX: full paths adapt exactly these modules; `num_layers` must stay, and then means nothing.
  return family === 'peft' ? narrowPeft(text, kept, removed) : narrowMlx(text, kept);
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
function narrowPeft(text: string, kept: readonly string[], removed: readonly string[]): string {
  const edits = objectMembers(text).flatMap((member): TextEdit[] => {
    const { key } = member;
    if (key === 'layers_to_transform' || key === 'layers_pattern') return [replaceValue(member, 'null')];
    const isPattern = key === 'rank_pattern' || key === 'alpha_pattern';
    return isPattern ? patternEdits(text, member, kept, removed) : [];
  });
  const named = setMember(text, 0, 'target_modules', (indent) => stringListJson(kept, indent));
  return applyEdits(text, [...edits, ...named]);
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
