import {
  applyEdits,
  indentBefore,
  lastMember,
  objectMembers,
  replaceValue,
  stringListJson,
} from '../../core/adapter/jsonText';
import { quotedList } from '../../core/adapter/names';
import { namesIn, pathSuffixTest } from '../../core/adapter/peftNames';
import type { Adapter, Replacement } from '../../core/adapter/types';
import { badRequest, type SploraError } from '../../core/errors';
import { displayName } from '../../core/safetensors/displayName';
import { say, type Message } from '../../core/message';

/** What PEFT saves whole for these tasks, whatever the config says. */
const TASK_HEADS = ['classifier', 'score'];
/** Real configs name a few; each is looked for in each name. */
const ENTRIES_MAX = 1000;
const TASKS_WITH_HEADS: ReadonlySet<string> = new Set(['SEQ_CLS', 'TOKEN_CLS']);

/**
 * The config of a copy without the tensors of `dropped`: PEFT looks up every tensor of a module in `modules_to_save`,
 * and stops where one is missing (KeyError in 0.21.2).
 * @param text a valid JSON object
 * @throws SploraError `bad-request` where a part of such a module would go, or PEFT saves it whatever the config says
 */
export function narrowSaved(adapter: Adapter, text: string, dropped: ReadonlySet<Replacement>): string {
  if (adapter.family !== 'peft' || dropped.size === 0) return text;
  const refuse = (message: Message, advice: Message): SploraError =>
    badRequest(message, advice, adapter.weightsFile);
  const modulesToSave = namesIn(adapter.config['modules_to_save']);
  if (modulesToSave.length > ENTRIES_MAX)
    throw refuse(
      say('modules_to_save has more than {0} entries', ENTRIES_MAX),
      say('Keep all whole weights.'),
    );
  const heads = TASKS_WITH_HEADS.has(String(adapter.config['task_type'])) ? TASK_HEADS : [];
  const isHead = pathSuffixTest(heads);
  const modules = savedModules(adapter, [...modulesToSave, ...heads]);
  const gone = new Set<string>();
  for (const [module, tensors] of modules) {
    const rest = tensors.filter((tensor) => !dropped.has(tensor)).map(({ name }) => name);
    if (rest.length === tensors.length) continue;
    const name = displayName(module);
    if (isHead(module))
      throw refuse(say('PEFT requires {0} in every adapter of this task_type', name), say('Keep it.'));
    if (rest.length > 0) {
      const advice = say('Choose {0} too, or keep it.', quotedList(rest));
      throw refuse(say('PEFT loads {0} as a whole (modules_to_save)', name), advice);
    }
    gone.add(module);
  }
  const member = lastMember(objectMembers(text), 'modules_to_save');
  if (gone.size === 0 || member === undefined) return text;
  const kept = [...modules.keys()].filter((name) => !gone.has(name));
  const list = modulesToSave.flatMap((entry) => {
    const isMeant = pathSuffixTest([entry]);
    return [...gone].some(isMeant) ? kept.filter(isMeant) : [entry];
  });
  const value = list.length === 0 ? 'null' : stringListJson(list, indentBefore(text, member.keyStart));
  return applyEdits(text, [replaceValue(member, value)]);
}

/** Whole tensors by the module that they are of, where an entry is the end of its name. */
function savedModules(adapter: Adapter, entries: readonly string[]): ReadonlyMap<string, Replacement[]> {
  const modules = new Map<string, Replacement[]>();
  for (const replacement of adapter.replacements) {
    if (replacement.module !== undefined) continue;
    const path = `.${replacement.name}`;
    const entry = entries.find((one) => one !== '' && path.includes(`.${one}.`));
    if (entry === undefined) continue;
    const module = replacement.name.slice(0, path.indexOf(`.${entry}.`) + entry.length);
    const tensors = modules.get(module);
    if (tensors === undefined) modules.set(module, [replacement]);
    else tensors.push(replacement);
  }
  return modules;
}
