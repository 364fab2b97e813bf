/**
 * A matcher for the part of Python's `re` that module patterns use. It simulates an NFA, so that its time is bounded by
 * pattern size times text length and by a budget of steps: a hostile pattern cannot hang it, as a backtracking engine
 * would. A look-ahead is a condition of a place, found out by a simulation of its own that takes its steps from the same
 * budget. Look-behind, back-references, inline flags and possessive quantifiers are not regular (or not needed) and are
 * reported by name. Whether a text matches does not depend on greediness, so lazy quantifiers are plain ones here.
 */
import { isWord, type CharSet } from './charSet';
import { NEWLINE, parsePyRegex, PatternError, type Assertion, type Node } from './pyRegexParser';
import { say } from '../message';

export { PatternError } from './pyRegexParser';

/** Longer patterns are reported instead of compiled; the longest seen in public adapters has 430 characters. */
export const PATTERN_LENGTH_MAX = 4_096;
/** Counted repeats are unrolled up to so many states. */
const STATES_MAX = 5_000;
/** And up to so many visits of nodes: repeats of what adds no state, as in `((){99999}){99999}`, cost time all the same. */
const NODES_MAX = 20_000;
/** Parsing costs nodes too, whether it succeeds or not: so many a pattern, and one for so many characters. */
const PARSE_NODES = 4;
const PARSED_PER_NODE = 4;

/** What is left of the nodes that compiling may visit, over all patterns of one adapter: time and memory of all of them. */
export interface CompileBudget {
  nodes: number;
}

/** What is left of the work that matching may cost, over all patterns and names of one adapter. */
export interface StepBudget {
  steps: number;
}

type State =
  | ({ readonly kind: 'char'; next: number } & CharSet)
  | { readonly kind: 'assert'; readonly assertion: Assertion; next: number }
  | { readonly kind: 'look'; readonly start: number; readonly negated: boolean; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' };

/** Index of every machine's state of success. */
const MATCH = 0;

class Builder {
  readonly states: State[] = [{ kind: 'match' }];
  #nodes = 0;

  constructor(private readonly budget: CompileBudget) {}

  /** Adds the states of `node`, which lead on to `next`; returns where to begin. */
  add(node: Node, next: number): number {
    if (++this.#nodes > NODES_MAX) throw new PatternError(say('too many repeats'));
    if (--this.budget.nodes < 0) throw new PatternError(say('the patterns are too large together'));
    switch (node.kind) {
      case 'char':
        return this.#push({ kind: 'char', test: node.test, cost: node.cost, next });
      case 'assert':
        return this.#push({ kind: 'assert', assertion: node.assertion, next });
      case 'look':
        return this.#push({ kind: 'look', start: this.add(node.item, MATCH), negated: node.negated, next });
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
    if (this.states.length >= STATES_MAX) throw new PatternError(say('too many repeats'));
    this.states.push(state);
    return this.states.length - 1;
  }
}

/** A compiled pattern. */
export interface PyRegex {
  readonly states: readonly State[];
  readonly start: number;
}

/**
 * Compiles a Python pattern. Throws `PatternError` for what is invalid, unsupported or too large.
 * @param budget shared by the patterns of one adapter; a single pattern has bounds of its own
 */
export function compilePyRegex(pattern: string, budget: CompileBudget = { nodes: NODES_MAX }): PyRegex {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new PatternError(say('longer than {0} characters', PATTERN_LENGTH_MAX));
  budget.nodes -= PARSE_NODES + Math.ceil(pattern.length / PARSED_PER_NODE);
  if (budget.nodes < 0) throw new PatternError(say('the patterns are too large together'));
  const builder = new Builder(budget);
  const start = builder.add(parsePyRegex(pattern), MATCH);
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

/** When each state was last visited; one array for all calls, since making one a position would cost more than matching. */
let visits = new Uint32Array(1024);
let visit = 0;

function nextVisit(states: number): number {
  if (visits.length < states) visits = new Uint32Array(2 * states);
  visit++;
  if (visit < 2 ** 32) return visit;
  visits.fill(0);
  visit = 1;
  return visit;
}

/** The text that was matched last: many patterns are tried on one name. */
let last: { readonly text: string; readonly codePoints: readonly number[] } = { text: '', codePoints: [] };

function codePointsOf(text: string, budget: StepBudget): readonly number[] {
  if (last.text !== text) {
    budget.steps -= text.length;
    last = { text, codePoints: Array.from(text, (character) => character.codePointAt(0) ?? 0) };
  }
  return last.codePoints;
}

/**
 * Python's `re.match(pattern, text)`: does the pattern match from the first character on (to wherever)?
 * Takes its steps from `budget` and throws `PatternError` when that is used up.
 */
export function pyMatch(regex: PyRegex, text: string, budget: StepBudget): boolean {
  if (budget.steps < 0) throw new PatternError(say('too costly to evaluate'));
  return matchesFrom(regex, codePointsOf(text, budget), 0, budget);
}

function matchesFrom(
  { states, start }: PyRegex,
  text: readonly number[],
  from: number,
  budget: StepBudget,
): boolean {
  let current = [start];
  for (let at = from; current.length > 0; at++) {
    const now = nextVisit(states.length);
    const next: number[] = [];
    while (current.length > 0) {
      const index = current.pop() ?? 0;
      if (--budget.steps < 0) throw new PatternError(say('too costly to evaluate'));
      if (visits[index] === now) continue;
      visits[index] = now;
      const state = states[index];
      if (state === undefined) continue;
      if (state.kind === 'match') return true;
      if (state.kind === 'split') current.push(state.other, state.next);
      else if (state.kind === 'assert') {
        if (holds(state.assertion, text, at)) current.push(state.next);
      } else if (state.kind === 'look') {
        // Its states are no others' (but for that of success), so its visits do not disturb those of this round.
        if (matchesFrom({ states, start: state.start }, text, at, budget) !== state.negated)
          current.push(state.next);
      } else if (at < text.length) {
        budget.steps -= state.cost - 1;
        if (state.test(text[at] ?? 0)) next.push(state.next);
      }
    }
    current = next;
  }
  return false;
}
