/**
 * Where `adapter_config.json` names its modules, as ranges of its text: for diagnostics and hovers.
 * PEFT: `target_modules`, a list of names or one string (a regular expression, or "all-linear").
 * MLX: `lora_parameters.keys`, a list.
 */

/** Longer configs get no ranges: real ones stay below 100 kB, and this runs on each edit. */
export const MAX_CONFIG_CHARS = 1_000_000;
/** Longer module names (hostile ones: real ones stay below 200) match as a whole only. */
const MAX_NAME_CHARS = 512;
/** Deeper nesting than any config has; keeps hostile text from exhausting the stack. */
const MAX_DEPTH = 64;

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
  const reader = new Reader(text);
  try {
    reader.value([]);
  } catch (thrown) {
    if (!(thrown instanceof NotJson)) throw thrown;
  }
  return reader.found;
}

/**
 * Finds the entry that makes a loader adapt a module, by PEFT's rule for lists: equal, or an ending after a dot
 * (`check_target_module_exists` in peft/tuners/tuners_utils.py); of several, the longest. A pattern stands for all
 * modules: it comes from a file and may take forever to match, so it is never run.
 */
export function entryFinder(targets: ConfigTargets): (module: string) => ConfigString | undefined {
  const [only] = targets.entries;
  if (targets.form === 'pattern') return () => only;
  const byValue = new Map(targets.entries.map((entry) => [entry.value, entry]));
  return (module) => {
    const exact = byValue.get(module);
    if (exact !== undefined || module.length > MAX_NAME_CHARS) return exact;
    for (let dot = module.indexOf('.'); dot !== -1; dot = module.indexOf('.', dot + 1)) {
      const entry = byValue.get(module.slice(dot + 1));
      if (entry !== undefined) return entry;
    }
    return undefined;
  };
}

class NotJson extends Error {}

/** Just enough of JSON to know which string stands where; values other than strings are skipped. */
class Reader {
  found: ConfigTargets | undefined;
  #at = 0;

  constructor(private readonly text: string) {}

  value(path: readonly ConfigString[]): ConfigString | undefined {
    if (path.length > MAX_DEPTH) throw new NotJson();
    this.#space();
    switch (this.text[this.#at]) {
      case '{':
        this.#members('}', () => this.#property(path));
        return undefined;
      case '[':
        this.#list(path);
        return undefined;
      case '"':
        return this.#target(this.#string(), path);
      default:
        return this.#scalar();
    }
  }

  #property(path: readonly ConfigString[]): void {
    const key = this.#string();
    this.#space();
    this.#expect(':');
    this.value([...path, key]);
  }

  #list(path: readonly ConfigString[]): void {
    const key = path.at(-1);
    const entries: ConfigString[] = [];
    const wanted = key !== undefined && isTargetPath(path);
    if (wanted) this.found = { form: 'list', key, entries };
    this.#members(']', () => {
      const start = this.#at;
      // Items stand one level deeper, under a name that no key can have.
      const item = this.value([...path, { value: '[]', start, end: start }]);
      if (wanted && item !== undefined) entries.push(item);
    });
  }

  #target(string: ConfigString, path: readonly ConfigString[]): ConfigString {
    const key = path.at(-1);
    if (key !== undefined && path.length === 1 && isTargetPath(path)) {
      this.found = { form: 'pattern', key, entries: [string] };
    }
    return string;
  }

  #members(close: string, member: () => void): void {
    this.#at += 1;
    this.#space();
    if (this.text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#space();
      member();
      this.#space();
      if (this.text[this.#at] === close) break;
      this.#expect(',');
    }
    this.#at += 1;
  }

  #string(): ConfigString {
    const start = this.#at;
    this.#expect('"');
    while (this.#at < this.text.length && this.text[this.#at] !== '"') {
      this.#at += this.text[this.#at] === '\\' ? 2 : 1;
    }
    this.#expect('"');
    const raw = this.text.slice(start, this.#at);
    try {
      const value: unknown = JSON.parse(raw);
      if (typeof value === 'string') return { value, start, end: this.#at };
    } catch {
      // Told below: a bad escape or a raw line break.
    }
    throw new NotJson();
  }

  #scalar(): undefined {
    const start = this.#at;
    while (/[-+.\w]/.test(this.text[this.#at] ?? '')) this.#at += 1;
    if (this.#at === start) throw new NotJson();
    return undefined;
  }

  #space(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at += 1;
  }

  #expect(char: string): void {
    if (this.text[this.#at] !== char) throw new NotJson();
    this.#at += 1;
  }
}

function isTargetPath(path: readonly ConfigString[]): boolean {
  const [first, second] = path;
  if (path.length === 1) return first?.value === 'target_modules';
  return path.length === 2 && first?.value === 'lora_parameters' && second?.value === 'keys';
}
