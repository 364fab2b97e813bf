import {
  indentBefore,
  objectMembers,
  replaceValue,
  stringListJson,
  type JsonMember,
  type TextEdit,
} from '../../core/adapter/jsonText';
import { MODULE_PATHS, MODULE_RANKS, MODULE_SCALES } from '../../core/adapter/mlxConfig';

/** Edits after which the fields for single modules, as unsloth_zoo writes them, name only `kept`. */
export function perModuleEdits(text: string, kept: ReadonlySet<string>): readonly TextEdit[] {
  return objectMembers(text).flatMap((member): TextEdit[] => {
    if (member.key === MODULE_PATHS && text[member.valueStart] === '[')
      return [replaceValue(member, stringListJson([...kept], indentBefore(text, member.keyStart)))];
    return isPerModule(text, member)
      ? [
          replaceValue(
            member,
            entriesText(text, member, (entry) => (kept.has(entry.key) ? undefined : null)),
          ),
        ]
      : [];
  });
}

/** Edits after which every module has this rank and scale. */
export function oneForAllEdits(text: string, rank: number, scale: number): readonly TextEdit[] {
  return objectMembers(text)
    .filter((member) => isPerModule(text, member))
    .map((member) => {
      const value = String(member.key === MODULE_RANKS ? rank : scale);
      return replaceValue(
        member,
        entriesText(text, member, () => value),
      );
    });
}

const isPerModule = (text: string, { key, valueStart }: JsonMember): boolean =>
  (key === MODULE_SCALES || key === MODULE_RANKS) && text[valueStart] === '{';

/** @param valueOf null: the entry goes; undefined: it stays as it is */
function entriesText(
  text: string,
  member: JsonMember,
  valueOf: (entry: JsonMember) => string | null | undefined,
): string {
  const entries = objectMembers(text, member.valueStart);
  const indent = indentBefore(text, entries[0]?.keyStart ?? 0);
  const pairs = entries.flatMap((entry) => {
    const value = valueOf(entry);
    if (value === null) return [];
    return [
      text.slice(entry.keyStart, entry.valueStart) + (value ?? text.slice(entry.valueStart, entry.valueEnd)),
    ];
  });
  if (indent === undefined || pairs.length === 0) return `{${pairs.join(', ')}}`;
  const closing = indentBefore(text, member.keyStart) ?? '';
  return `{\n${pairs.map((pair) => indent + pair).join(',\n')}\n${closing}}`;
}
