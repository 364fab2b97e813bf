import { pathSuffix } from '../adapter/peftNames';
import { scanText, type JsonScanner } from '../safetensors/jsonScanner';

/**
 * Where `adapter_config.json` names its modules, as ranges of its text: for diagnostics and hovers.
 * PEFT: `target_modules`, a list of names or one string (a regular expression, or "all-linear").
 * MLX: `lora_parameters.keys`, a list.
 */

/** Longer configs get no ranges: real ones stay below 100 kB, and this runs on each edit. */
export const MAX_CONFIG_CHARS = 1_000_000;

/** A JSON string in the text: its value, and its UTF-16 offsets with the quotes. */
export interface ConfigString {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface ConfigTargets {
  /** `pattern`: one string that loaders match as a regular expression; it is never run here. */
  readonly form: 'list' | 'pattern';
  /** The key in the text, for what belongs to no entry. */
  readonly key: ConfigString;
  readonly entries: readonly ConfigString[];
}

/** The targets of a config's text; undefined where it has none or is not JSON up to there (a file being edited). */
export function findConfigTargets(text: string): ConfigTargets | undefined {
  if (text.length > MAX_CONFIG_CHARS) return undefined;
  let found: ConfigTargets | undefined;
  const readString = (scanner: JsonScanner): ConfigString => {
    const start = scanner.mark();
    return { value: scanner.string(), start, end: scanner.position };
  };
  const readTargets = (scanner: JsonScanner, key: ConfigString, mayBePattern: boolean): void => {
    const next = scanner.peek();
    if (next === '[') {
      const entries: ConfigString[] = [];
      found = { form: 'list', key, entries };
      scanner.array(() => {
        if (scanner.peek() === '"') entries.push(readString(scanner));
        else scanner.skipValue();
      });
    } else if (next === '"' && mayBePattern) found = { form: 'pattern', key, entries: [readString(scanner)] };
    else scanner.skipValue();
  };
  const readMembers = (scanner: JsonScanner, wanted: string, other: (key: string) => void): void => {
    scanner.object((value, start, end) => {
      if (value === wanted) readTargets(scanner, { value, start, end }, wanted === 'target_modules');
      else other(value);
    });
  };
  scanText(text, (scanner) => {
    readMembers(scanner, 'target_modules', (key) => {
      if (key !== 'lora_parameters' || scanner.peek() !== '{') scanner.skipValue();
      else readMembers(scanner, 'keys', () => scanner.skipValue());
    });
  });
  return found;
}

/**
 * Finds the entry that makes a loader adapt a module, by PEFT's rule for lists; of several, the longest. A pattern stands
 * for all modules: it comes from a file and may take forever to match, so it is never run.
 */
export function entryFinder({ form, entries }: ConfigTargets): (module: string) => ConfigString | undefined {
  const [only] = entries;
  if (form === 'pattern') return () => only;
  const byValue = new Map(entries.map((entry) => [entry.value, entry]));
  const ending = pathSuffix(byValue.keys());
  return (module) => byValue.get(ending(module) ?? '');
}
