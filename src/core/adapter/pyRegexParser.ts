/** Groups in groups beyond this are refused: parsing recurses. */
const NESTING_MAX = 64;

/** The pattern cannot be used; `message` says why. */
export class PatternError extends Error {}

/** Does the code point belong to the set? */
export type CharTest = (codePoint: number) => boolean;
/** Conditions between two characters. */
export type Assertion = 'start' | 'end' | 'endOrNewline' | 'boundary' | 'notBoundary';
/** A parsed pattern. */
export type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

const ofClass =
  (pattern: RegExp): CharTest =>
  (codePoint) =>
    pattern.test(String.fromCodePoint(codePoint));
/** Python's `\w` for texts: letters, numbers of any script, underscore. */
export const isWord = ofClass(/^[\p{L}\p{N}_]$/u);
const not =
  (test: CharTest): CharTest =>
  (codePoint) =>
    !test(codePoint);
const CLASSES: ReadonlyMap<string, CharTest> = new Map([
  ['d', ofClass(/^\p{Nd}$/u)],
  ['D', not(ofClass(/^\p{Nd}$/u))],
  ['s', ofClass(/^\s$/u)],
  ['S', not(ofClass(/^\s$/u))],
  ['w', isWord],
  ['W', not(isWord)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['t', 9],
  ['r', 13],
  ['f', 12],
  ['v', 11],
  ['a', 7],
]);
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ['A', 'start'],
  ['Z', 'end'],
  ['b', 'boundary'],
  ['B', 'notBoundary'],
]);
/** Escapes of a character by its number, and how many hexadecimal digits follow. */
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
]);
export const NEWLINE = 10;

class Parser {
  readonly #pattern: readonly string[];
  readonly #names = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = Array.from(pattern);
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#pattern.length) throw new PatternError('unbalanced parenthesis');
    return node;
  }

  #peek(ahead = 0): string | undefined {
    return this.#pattern[this.#at + ahead];
  }

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false;
    this.#at++;
    return true;
  }

  #choice(): Node {
    if (++this.#depth > NESTING_MAX) throw new PatternError('nested too deeply');
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#quantified());
    }
    return { kind: 'sequence', items };
  }

  #quantified(): Node {
    const item = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === undefined) return item;
    if (item.kind === 'assert') throw new PatternError('nothing to repeat');
    if (this.#peek() === '+') throw new PatternError('possessive quantifiers are not supported');
    this.#take('?'); // lazy: the same set of texts
    const again = this.#at;
    if (this.#quantifier() !== undefined) throw new PatternError('multiple repeat');
    this.#at = again;
    return { kind: 'repeat', item, ...bounds };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return undefined;
    const close = this.#pattern.indexOf('}', this.#at);
    const counts =
      close < 0 ? null : /^(\d{0,6})(,?)(\d{0,6})$/.exec(this.#pattern.slice(this.#at + 1, close).join(''));
    // As in Python: what is no count, like `{}` or `{a}`, is text.
    if (counts === null || (counts[1] === '' && counts[2] === '')) return undefined;
    this.#at = close + 1;
    const min = counts[1] === '' ? 0 : Number(counts[1]);
    const max = counts[2] === '' ? min : counts[3] === '' ? Infinity : Number(counts[3]);
    if (min > max) throw new PatternError('min repeat greater than max repeat');
    return { min, max };
  }

  #atom(): Node {
    if (this.#quantifier() !== undefined) throw new PatternError('nothing to repeat');
    const character = this.#peek();
    this.#at++;
    switch (character) {
      case undefined:
        throw new PatternError('unexpected end');
      case '.':
        return { kind: 'char', test: (codePoint) => codePoint !== NEWLINE };
      case '^':
        return { kind: 'assert', assertion: 'start' };
      case '$':
        return { kind: 'assert', assertion: 'endOrNewline' };
      case '(':
        return this.#group();
      case '[':
        return { kind: 'char', test: this.#set() };
      case '\\':
        return this.#escape();
      default:
        return literal(character.codePointAt(0) ?? 0);
    }
  }

  #group(): Node {
    if (this.#take('?')) {
      if (this.#take('P')) {
        if (!this.#take('<')) throw new PatternError('back-references are not supported');
        this.#groupName();
      } else if (!this.#take(':')) {
        throw new PatternError('look-around and inline flags are not supported');
      }
    }
    const inner = this.#choice();
    if (!this.#take(')')) throw new PatternError('missing ), unterminated subpattern');
    return inner;
  }

  #groupName(): void {
    const start = this.#at;
    while (this.#peek() !== undefined && this.#peek() !== '>') this.#at++;
    const name = this.#pattern.slice(start, this.#at).join('');
    if (!this.#take('>')) throw new PatternError('unterminated group name');
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw new PatternError('bad group name');
    if (this.#names.has(name)) throw new PatternError('redefinition of a group name');
    this.#names.add(name);
  }

  #escape(): Node {
    const letter = this.#peek();
    if (letter !== undefined) {
      const assertion = ASSERTIONS.get(letter);
      if (assertion !== undefined) {
        this.#at++;
        return { kind: 'assert', assertion };
      }
      if (/[1-9]/.test(letter)) throw new PatternError('back-references are not supported');
    }
    const read = this.#escapedCharacter();
    return typeof read === 'number' ? literal(read) : { kind: 'char', test: read };
  }

  /** After a backslash, inside or outside of a set: one character, or a class of them. */
  #escapedCharacter(): number | CharTest {
    const letter = this.#peek();
    if (letter === undefined) throw new PatternError('bad escape at the end');
    this.#at++;
    const control = CONTROLS.get(letter);
    if (control !== undefined) return control;
    const test = CLASSES.get(letter);
    if (test !== undefined) return test;
    const digits = HEX_DIGITS.get(letter);
    if (digits !== undefined) {
      const hex = this.#pattern.slice(this.#at, this.#at + digits).join('');
      if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex)) throw new PatternError('incomplete escape');
      this.#at += digits;
      return parseInt(hex, 16);
    }
    if (/[a-zA-Z0-9]/.test(letter)) throw new PatternError(`the escape \\${letter} is not supported`);
    return letter.codePointAt(0) ?? 0;
  }

  #set(): CharTest {
    const negated = this.#take('^');
    const tests: CharTest[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const low = this.#setItem();
      if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined) {
        this.#at++;
        const high = this.#setItem();
        if (typeof low !== 'number' || typeof high !== 'number' || low > high)
          throw new PatternError('bad character range');
        tests.push((codePoint) => codePoint >= low && codePoint <= high);
      } else {
        tests.push(typeof low === 'number' ? (codePoint) => codePoint === low : low);
      }
    }
    this.#at++;
    const any: CharTest = (codePoint) => tests.some((test) => test(codePoint));
    return negated ? not(any) : any;
  }

  #setItem(): number | CharTest {
    const character = this.#peek();
    if (character === undefined) throw new PatternError('unterminated character set');
    this.#at++;
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    if (this.#take('b')) return 8;
    return this.#escapedCharacter();
  }
}

function literal(wanted: number): Node {
  return { kind: 'char', test: (codePoint) => codePoint === wanted };
}

/** Parses the regular part of Python's pattern syntax. Throws `PatternError` for what is invalid or not supported. */
export function parsePyRegex(pattern: string): Node {
  return new Parser(pattern).parse();
}
