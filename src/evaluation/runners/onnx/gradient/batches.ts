import { PADDING_MAX } from '../batching';
import type { GatePrompt, LossTerm } from '../../gates';
import type { PlacedTerm } from './loss';
import type { GradientBatch } from './machine';
import type { BatchSize, GradientSize } from './memory';
import { Sequence } from './sequence';

export interface BatchOptions {
  /** Tokens of a prompt. */
  readonly prompt: (prompt: GatePrompt) => readonly number[];
  /** Of a batch, at most; a single sequence may have more. */
  readonly tokens: number;
  /** Targets of a batch, at most; a single sequence may have more: each takes memory for the whole vocabulary. */
  readonly targets: number;
  /** What a batch costs, in any unit. */
  readonly work: (size: BatchSize) => number;
}

/** A batch with, for each of its terms, the number of it among all. */
export interface NumberedBatch extends GradientBatch {
  readonly numbers: readonly number[];
}

/** Of what `gradientBytes` takes. */
export function sizeOf({ sequences, shared, terms }: GradientBatch): GradientSize {
  const parts = terms.flatMap((term) => (term.kind === 'margin' ? [term.preferred, term.other] : [term.row]));
  return {
    rows: sequences.length,
    width: sequences.reduce((most, { length }) => Math.max(most, length), 1),
    shared,
    places: parts.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

/** All terms of a prompt. */
interface Unit {
  readonly prompt: readonly number[];
  readonly terms: { readonly number: number; readonly term: LossTerm }[];
  /** Tokens as a sequence of its own. */
  readonly length: number;
}

/**
 * Answers to the same prompt are one sequence, and sequences of like lengths a batch, which computes once what all of them
 * begin with; or all of a batch are one sequence, where what they share is more than what attention over all of them costs.
 */
export function gradientBatches(terms: readonly LossTerm[], options: BatchOptions): NumberedBatch[] {
  const units = unitsOf(terms, options.prompt).sort((a, b) => b.length - a.length);
  const batches: NumberedBatch[] = [];
  for (let next = 0; next < units.length;) {
    const ahead = units.slice(next, next + fittingTargets(units.slice(next), options.targets));
    const whole = ahead.slice(0, fittingTree(ahead, options));
    const isTree = options.work({ rows: 1, width: lengthOf(whole), shared: 0 }) < rowsWork(whole, options);
    const { count, shared } = isTree ? { count: whole.length, shared: 0 } : fittingRows(ahead, options);
    batches.push(batchOf(ahead.slice(0, count), { isTree, shared }));
    next += count;
  }
  return batches;
}

const targetsOf = (term: LossTerm): readonly (readonly number[])[] =>
  term.kind === 'margin' ? [term.preferred, term.other] : [term.targets];

/** Tokens of units as one sequence. */
function lengthOf(units: readonly Omit<Unit, 'length'>[]): number {
  const sequence = new Sequence();
  for (const { prompt, terms } of units)
    for (const { term } of terms) targetsOf(term).forEach((targets) => sequence.add(prompt, targets));
  return sequence.length;
}

function fittingTargets(units: readonly Unit[], most: number): number {
  let sum = 0;
  for (const [count, { terms }] of units.entries()) {
    sum += terms.flatMap(({ term }) => targetsOf(term)).reduce((all, { length }) => all + length, 0);
    if (sum > most) return Math.max(count, 1);
  }
  return units.length;
}

interface FittingRows {
  readonly count: number;
  /** Tokens that all of them begin with. */
  readonly shared: number;
}

/** How many units from the start are rows of one batch: like lengths, at least one. */
function fittingRows(units: readonly Unit[], { tokens }: BatchOptions): FittingRows {
  const [first = { prompt: [], length: 0 }] = units;
  let fitting: FittingRows = { count: 1, shared: sharedWith(first, first, Infinity) };
  let sum = 0;
  for (const [at, unit] of units.entries()) {
    const count = at + 1;
    const shared = sharedWith(first, unit, fitting.shared);
    sum += unit.length;
    const padded = shared + count * (first.length - shared);
    const isPadding = padded > (sum - at * shared) * (1 + PADDING_MAX);
    if (count > 1 && (padded > tokens || isPadding)) break;
    fitting = { count, shared };
  }
  // A single row computes nothing twice.
  return fitting.count === 1 ? { ...fitting, shared: 0 } : fitting;
}

/** How many tokens, of at most so many, two prompts begin with; the last one of a prompt is never among them. */
function sharedWith(one: Pick<Unit, 'prompt'>, other: Pick<Unit, 'prompt'>, most: number): number {
  const end = Math.min(most, one.prompt.length - 1, other.prompt.length - 1);
  for (let at = 0; at < end; at++) if (one.prompt[at] !== other.prompt[at]) return at;
  return Math.max(0, end);
}

/** What units cost that are no single sequence. */
function rowsWork(units: readonly Unit[], options: BatchOptions): number {
  let work = 0;
  for (let next = 0; next < units.length;) {
    const { count, shared } = fittingRows(units.slice(next), options);
    work += options.work({ rows: count, width: units[next]?.length ?? 0, shared });
    next += count;
  }
  return work;
}

function fittingTree(units: readonly Unit[], { tokens }: BatchOptions): number {
  const sequence = new Sequence();
  for (const [count, { prompt, terms }] of units.entries()) {
    for (const { term } of terms) targetsOf(term).forEach((targets) => sequence.add(prompt, targets));
    if (sequence.length > tokens) return Math.max(count, 1);
  }
  return units.length;
}

function batchOf(
  units: readonly Unit[],
  { isTree, shared }: { readonly isTree: boolean; readonly shared: number },
): NumberedBatch {
  const sequences = units.slice(0, isTree ? 1 : units.length).map(() => new Sequence());
  const terms: PlacedTerm[] = [];
  const numbers: number[] = [];
  for (const [row, { prompt, terms: own }] of units.entries()) {
    const sequence = sequences[isTree ? 0 : row] ?? new Sequence();
    const place = (ids: readonly number[]) => ({ sequence, ids, places: sequence.add(prompt, ids) });
    for (const { number, term } of own) {
      numbers.push(number);
      terms.push(
        term.kind === 'margin'
          ? { kind: 'margin', term, preferred: place(term.preferred), other: place(term.other) }
          : { kind: 'likelihood', term, row: place(term.targets) },
      );
    }
  }
  return { sequences, shared, terms, numbers };
}

function unitsOf(terms: readonly LossTerm[], promptOf: BatchOptions['prompt']): Unit[] {
  const units = new Map<string, Omit<Unit, 'length'>>();
  for (const [number, term] of terms.entries()) {
    const prompt = promptOf(term.prompt);
    const key = prompt.join(' ');
    const unit = units.get(key) ?? { prompt, terms: [] };
    units.set(key, unit);
    unit.terms.push({ number, term });
  }
  return [...units.values()].map((unit) => ({ ...unit, length: lengthOf([unit]) }));
}
