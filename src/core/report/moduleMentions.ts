/**
 * Finds the name of an adapter's module in a line of any text: JSON, YAML, Python, Markdown, logs.
 * One word of bounded length and a few hash look-ups; no regular expression is built from a name.
 */

/** Longer words (base64, minified JSON) are no module names: real ones stay below 200 characters. */
export const MAX_WORD_CHARS = 512;

/** A place in a line that names one module or, by a shared ending such as `q_proj`, several. */
export interface Mention {
  /** UTF-16 offsets in the line, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** The words as in the text. */
  readonly text: string;
  /** Names as in the analysis, in its order; at least one. */
  readonly modules: readonly string[];
}

/** Look-up from what users and files write to module names. Built once for each result. */
export class ModuleIndex {
  readonly #names: ReadonlySet<string>;
  /** Every dotted ending of a name that is shorter than the name itself. */
  readonly #endings = new Map<string, string[]>();

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    for (const name of this.#names) {
      if (name.length > MAX_WORD_CHARS) continue;
      for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
        const ending = name.slice(dot + 1);
        const sharing = this.#endings.get(ending);
        if (sharing === undefined) this.#endings.set(ending, [name]);
        else sharing.push(name);
      }
    }
  }

  /** Modules that a written name means: exactly, without wrappers, or by its ending; none: an empty list. */
  resolve(written: string): readonly string[] {
    for (const candidate of [written, withoutTensorPart(written)]) {
      const direct = this.#direct(candidate);
      if (direct.length > 0) return direct;
      for (let rest = candidate, dot = rest.indexOf('.'); dot !== -1; dot = rest.indexOf('.')) {
        rest = rest.slice(dot + 1);
        // What is left after unknown prefixes must be a whole name: `other.q_proj` does not mean our q_proj.
        if (this.#names.has(rest) && rest.includes('.')) return [rest];
      }
    }
    return [];
  }

  #direct(written: string): readonly string[] {
    if (this.#names.has(written)) return [written];
    return this.#endings.get(written) ?? [];
  }
}

/** `lora_A.weight`, `lora_B.default.weight`, `lora_a`, `base_layer.weight`, … : what follows a module in tensor names. */
const TENSOR_PART =
  /\.(?:lora_(?:[AB]|embedding_[AB]|magnitude_vector)(?:\.[^.]+)?(?:\.(?:weight|bias))?|lora_[ab]|m|(?:base_layer\.)?(?:weight|bias))$/;

function withoutTensorPart(written: string): string {
  return written.replace(TENSOR_PART, '');
}

/** Ends of words in every language that is hovered: space, quotes, brackets and marks that no module name holds. */
const WORD_END = /[\s"'`()[\]{}<>,;:=|\\@#$^&*!?~+%]/;

/**
 * The mention at `column` of a line, or undefined. Words without a dot count when `bare` says so, or when they look
 * like an identifier (`q_proj`): otherwise any "dense" or "query" in a text would.
 */
export function mentionAt(
  line: string,
  column: number,
  index: ModuleIndex,
  options: { readonly bare: boolean },
): Mention | undefined {
  if (isWordEnd(line, column) && isWordEnd(line, column - 1)) return undefined;
  const lowest = Math.max(0, column - MAX_WORD_CHARS);
  const highest = Math.min(line.length, column + MAX_WORD_CHARS);
  let start = column;
  while (start > lowest && !isWordEnd(line, start - 1)) start -= 1;
  let end = column;
  while (end < highest && !isWordEnd(line, end)) end += 1;
  return mentionOfWord(line, start, end, index, options.bare);
}

function isWordEnd(line: string, at: number): boolean {
  const char = line[at];
  if (char === undefined) return true;
  return char === '[' || char === ']' ? !isIndexBracket(line, at) : WORD_END.test(char);
}

/** No model has a layer of more digits. */
const INDEX_DIGITS_MAX = 5;

/** Whether a bracket is one of `layers[7]`, as Python writes an index. */
function isIndexBracket(line: string, at: number): boolean {
  const step = line[at] === '[' ? 1 : -1;
  let other = at + step;
  while (Math.abs(other - at) <= INDEX_DIGITS_MAX && isDigit(line[other])) other += step;
  const open = Math.min(at, other);
  return Math.abs(other - at) > 1 && line[other] === (step === 1 ? ']' : '[') && isNamePart(line[open - 1]);
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function isNamePart(char: string | undefined): boolean {
  return char !== undefined && /[\w\]]/.test(char);
}

function mentionOfWord(
  line: string,
  start: number,
  end: number,
  index: ModuleIndex,
  bare: boolean,
): Mention | undefined {
  // A full stop or dash beside a name belongs to the sentence, not to the name.
  while (start < end && isEdge(line, start)) start += 1;
  while (end > start && isEdge(line, end - 1)) end -= 1;
  const text = line.slice(start, end);
  if (text === '' || text.length > MAX_WORD_CHARS) return undefined;
  if (!bare && !/[._]/.test(text)) return undefined;
  const modules = index.resolve(text.replace(/\[(\d+)\]/g, '.$1'));
  if (modules.length > 0) return { start, end, text, modules };
  // Logs of training write `grad_norm/model.layers.6…`.
  const slash = text.lastIndexOf('/');
  return slash === -1 ? undefined : mentionOfWord(line, start + slash + 1, end, index, bare);
}

function isEdge(line: string, at: number): boolean {
  const char = line[at];
  return char === '.' || char === '-' || char === '/';
}
