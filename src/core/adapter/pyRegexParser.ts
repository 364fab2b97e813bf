import { charSet, CLASSES, classSet, type CharRange, type CharSet, type CharTest } from './charSet';
import { render, say, type Message } from '../message';

/** Groups in groups beyond this are refused: parsing recurses. */
const NESTING_MAX = 64;
/** Digits of a repeat count; far fewer repeats are refused when they are unrolled. */
const COUNT_DIGITS_MAX = 6;

/** The pattern cannot be used; `problem` says why. */
export class PatternError extends Error {
  constructor(readonly problem: Message) {
    super(render(problem));
  }
}

/** Conditions between two characters. */
export type Assertion = 'start' | 'end' | 'endOrNewline' | 'boundary' | 'notBoundary';
/** A parsed pattern. */
export type Node =
  | ({ readonly kind: 'char' } & CharSet)
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  /** Look-ahead: does the item match from here on (or, negated, not)? */
  | { readonly kind: 'look'; readonly item: Node; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

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
    if (this.#at < this.#pattern.length) throw new PatternError(say('unbalanced parenthesis'));
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
    if (++this.#depth > NESTING_MAX) throw new PatternError(say('nested too deeply'));
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
    if (item.kind === 'assert') throw new PatternError(say('nothing to repeat'));
    if (this.#peek() === '+') throw new PatternError(say('possessive quantifiers are not supported'));
    this.#take('?'); // lazy: the same set of texts
    const again = this.#at;
    if (this.#quantifier() !== undefined) throw new PatternError(say('multiple repeat'));
    this.#at = again;
    return { kind: 'repeat', item, ...bounds };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    return this.#peek() === '{' ? this.#counts() : undefined;
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`. As in Python, what is no count, like `{}` or `{a}`, is text. */
  #counts(): { min: number; max: number } | undefined {
    const [least, afterLeast] = this.#digits(this.#at + 1);
    const comma = this.#pattern[afterLeast] === ',';
    const [most, close] = comma ? this.#digits(afterLeast + 1) : ['', afterLeast];
    if (this.#pattern[close] !== '}' || (least === '' && most === '')) return undefined;
    this.#at = close + 1;
    const min = least === '' ? 0 : Number(least);
    const max = !comma ? min : most === '' ? Infinity : Number(most);
    if (min > max) throw new PatternError(say('min repeat greater than max repeat'));
    return { min, max };
  }

  /** A run of digits from a place on, and where it ends. */
  #digits(start: number): [string, number] {
    let [digits, at] = ['', start];
    for (let next = this.#pattern[at]; next !== undefined && /^\d$/.test(next); next = this.#pattern[++at]) {
      if (digits.length === COUNT_DIGITS_MAX) throw new PatternError(say('a repeat count is too long'));
      digits += next;
    }
    return [digits, at];
  }

  #atom(): Node {
    if (this.#quantifier() !== undefined) throw new PatternError(say('nothing to repeat'));
    const character = this.#peek();
    this.#at++;
    switch (character) {
      case undefined:
        throw new PatternError(say('unexpected end'));
      case '.':
        return { kind: 'char', test: (codePoint) => codePoint !== NEWLINE, cost: 1 };
      case '^':
        return { kind: 'assert', assertion: 'start' };
      case '$':
        return { kind: 'assert', assertion: 'endOrNewline' };
      case '(':
        return this.#group();
      case '[':
        return { kind: 'char', ...this.#set() };
      case '\\':
        return this.#escape();
      default:
        return literal(character.codePointAt(0) ?? 0);
    }
  }

  #group(): Node {
    let look: boolean | undefined;
    if (this.#take('?')) {
      if (this.#take('P')) {
        if (!this.#take('<')) throw new PatternError(say('back-references are not supported'));
        this.#groupName();
      } else if (this.#take('=')) look = false;
      else if (this.#take('!')) look = true;
      else if (!this.#take(':'))
        throw new PatternError(say('look-behind and inline flags are not supported'));
    }
    const inner = this.#choice();
    if (!this.#take(')')) throw new PatternError(say('missing ), unterminated subpattern'));
    return look === undefined ? inner : { kind: 'look', item: inner, negated: look };
  }

  #groupName(): void {
    const start = this.#at;
    while (this.#peek() !== undefined && this.#peek() !== '>') this.#at++;
    const name = this.#pattern.slice(start, this.#at).join('');
    if (!this.#take('>')) throw new PatternError(say('unterminated group name'));
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw new PatternError(say('bad group name'));
    if (this.#names.has(name)) throw new PatternError(say('redefinition of a group name'));
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
      if (/[1-9]/.test(letter)) throw new PatternError(say('back-references are not supported'));
    }
    const read = this.#escapedCharacter();
    return typeof read === 'number' ? literal(read) : { kind: 'char', ...classSet(read) };
  }

  /** After a backslash, inside or outside of a set: one character, or a class of them. */
  #escapedCharacter(): number | CharTest {
    const letter = this.#peek();
    if (letter === undefined) throw new PatternError(say('bad escape at the end'));
    this.#at++;
    const control = CONTROLS.get(letter);
    if (control !== undefined) return control;
    const test = CLASSES.get(letter);
    if (test !== undefined) return test;
    const digits = HEX_DIGITS.get(letter);
    if (digits !== undefined) {
      const hex = this.#pattern.slice(this.#at, this.#at + digits).join('');
      if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex))
        throw new PatternError(say('incomplete escape'));
      this.#at += digits;
      return parseInt(hex, 16);
    }
    if (/[a-zA-Z0-9]/.test(letter))
      throw new PatternError(say('the escape {0} is not supported', `\\${letter}`));
    return letter.codePointAt(0) ?? 0;
  }

  #set(): CharSet {
    const negated = this.#take('^');
    const ranges: CharRange[] = [];
    const classes = new Set<CharTest>();
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const low = this.#setItem();
      if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined) {
        this.#at++;
        const high = this.#setItem();
        if (typeof low !== 'number' || typeof high !== 'number' || low > high)
          throw new PatternError(say('bad character range'));
        ranges.push([low, high]);
      } else if (typeof low === 'number') ranges.push([low, low]);
      else classes.add(low);
    }
    this.#at++;
    return charSet(ranges, classes, negated);
  }

  #setItem(): number | CharTest {
    const character = this.#peek();
    if (character === undefined) throw new PatternError(say('unterminated character set'));
    this.#at++;
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    if (this.#take('b')) return 8;
    return this.#escapedCharacter();
  }
}

/** Letters of ASCII by themselves: most of every pattern, and the same nodes for all. */
const ASCII: readonly Node[] = Array.from({ length: 128 }, (_, codePoint) => single(codePoint));

const literal = (wanted: number): Node => ASCII[wanted] ?? single(wanted);

function single(wanted: number): Node {
  return { kind: 'char', test: (codePoint) => codePoint === wanted, cost: 1 };
}

/** Parses the regular part of Python's pattern syntax. Throws `PatternError` for what is invalid or not supported. */
export function parsePyRegex(pattern: string): Node {
  return new Parser(pattern).parse();
}
