/**
 * A matcher for the part of Python's `re` that module patterns use. It simulates an NFA, so that its time is bounded by
 * pattern size times text length and by a budget of steps: a hostile pattern cannot hang it, as a backtracking engine
 * would. Look-around, back-references, inline flags and possessive quantifiers are not regular (or not needed) and are
 * reported by name. Whether a text matches does not depend on greediness, so lazy quantifiers are plain ones here.
 */

/** Longer patterns are reported instead of compiled; the longest seen in public adapters has 430 characters. */
export const PATTERN_LENGTH_MAX = 4_096;
/** Counted repeats are unrolled up to so many states. */
const STATES_MAX = 5_000;
const NESTING_MAX = 64;

/** The pattern cannot be used; `message` says why. */
export class PatternError extends Error {}

/** What is left of the work that matching may cost, over all patterns and names of one adapter. */
export interface StepBudget {
  steps: number;
}

type CharTest = (codePoint: number) => boolean;
type Assertion = 'start' | 'end' | 'endOrNewline' | 'boundary' | 'notBoundary';
type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

type State =
  | { readonly kind: 'char'; readonly test: CharTest; next: number }
  | { readonly kind: 'assert'; readonly assertion: Assertion; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' };

const ofClass =
  (pattern: RegExp): CharTest =>
  (codePoint) =>
    pattern.test(String.fromCodePoint(codePoint));
const isWord = ofClass(/^[\p{L}\p{N}_]$/u);
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
const NEWLINE = 10;

class Parser {
  readonly #pattern: readonly string[];
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
      case '*':
      case '+':
      case '?':
        throw new PatternError('nothing to repeat');
      default:
        return literal(character.codePointAt(0) ?? 0);
    }
  }

  #group(): Node {
    if (this.#take('?')) {
      if (this.#take('P')) {
        if (!this.#take('<')) throw new PatternError('back-references are not supported');
        while (this.#peek() !== undefined && this.#peek() !== '>') this.#at++;
        if (!this.#take('>')) throw new PatternError('unterminated group name');
      } else if (!this.#take(':')) {
        throw new PatternError('look-around and inline flags are not supported');
      }
    }
    const inner = this.#choice();
    if (!this.#take(')')) throw new PatternError('missing ), unterminated subpattern');
    return inner;
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

class Builder {
  readonly states: State[] = [{ kind: 'match' }];

  /** Adds the states of `node`, which lead on to `next`; returns where to begin. */
  add(node: Node, next: number): number {
    switch (node.kind) {
      case 'char':
      case 'assert':
        return this.#push({ ...node, next });
      case 'sequence':
        return node.items.reduceRight((after, item) => this.add(item, after), next);
      case 'choice':
        return node.items
          .map((item) => this.add(item, next))
          .reduceRight((other, entry) => this.#push({ kind: 'split', next: entry, other }));
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat(node: Node & { kind: 'repeat' }, next: number): number {
    let entry = next;
    if (node.max === Infinity) {
      const loop: State & { kind: 'split' } = { kind: 'split', next: 0, other: next };
      entry = this.#push(loop);
      loop.next = this.add(node.item, entry);
    } else {
      for (let i = node.min; i < node.max; i++) {
        entry = this.#push({ kind: 'split', next: this.add(node.item, entry), other: next });
      }
    }
    for (let i = 0; i < node.min; i++) entry = this.add(node.item, entry);
    return entry;
  }

  #push(state: State): number {
    if (this.states.length >= STATES_MAX) throw new PatternError('too many repeats');
    this.states.push(state);
    return this.states.length - 1;
  }
}

/** A compiled pattern. */
export interface PyRegex {
  readonly states: readonly State[];
  readonly start: number;
}

/** Compiles a Python pattern. Throws `PatternError` for what is invalid, unsupported or too large. */
export function compilePyRegex(pattern: string): PyRegex {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new PatternError(`longer than ${PATTERN_LENGTH_MAX} characters`);
  const builder = new Builder();
  const start = builder.add(new Parser(pattern).parse(), 0);
  return { states: builder.states, start };
}

function holds(assertion: Assertion, text: readonly number[], at: number): boolean {
  switch (assertion) {
    case 'start':
      return at === 0;
    case 'end':
      return at === text.length;
    case 'endOrNewline':
      return at === text.length || (at === text.length - 1 && text[at] === NEWLINE);
    case 'boundary':
    case 'notBoundary': {
      const before = at > 0 && isWord(text[at - 1] ?? 0);
      const after = at < text.length && isWord(text[at] ?? 0);
      return (before !== after) === (assertion === 'boundary');
    }
  }
}

/**
 * Python's `re.match(pattern, text)`: does the pattern match from the first character on (to wherever)?
 * Takes its steps from `budget` and throws `PatternError` when that is used up.
 */
export function pyMatch(regex: PyRegex, text: string, budget: StepBudget): boolean {
  const codePoints = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let current = [regex.start];
  for (let at = 0; current.length > 0; at++) {
    const seen = new Set<number>();
    const next: number[] = [];
    while (current.length > 0) {
      const index = current.pop() ?? 0;
      if (seen.has(index)) continue;
      seen.add(index);
      if (--budget.steps < 0) throw new PatternError('too costly to evaluate');
      const state = regex.states[index];
      if (state === undefined) continue;
      if (state.kind === 'match') return true;
      if (state.kind === 'split') current.push(state.other, state.next);
      else if (state.kind === 'assert') {
        if (holds(state.assertion, codePoints, at)) current.push(state.next);
      } else if (at < codePoints.length && state.test(codePoints[at] ?? 0)) next.push(state.next);
    }
    current = next;
  }
  return false;
}
