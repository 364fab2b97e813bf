import { batchSize } from '../batching';
import type { GatePrompt, LossTerm } from '../../gates';
import type { PlacedTerm } from './loss';
import type { GradientBatch } from './machine';
import type { GradientSize } from './memory';
import { Sequence } from './sequence';

export interface BatchOptions {
  /** Tokens of a prompt. */
  readonly prompt: (prompt: GatePrompt) => readonly number[];
  /** Of a batch, at most; a single sequence may have more. */
  readonly tokens: number;
  /** Targets of a batch, at most; a single sequence may have more: each takes memory for the whole vocabulary. */
  readonly targets: number;
  /** What a batch of so many sequences of so many tokens each costs, in any unit. */
  readonly work: (rows: number, width: number) => number;
}

/** A batch with, for each of its terms, the number of it among all. */
export interface NumberedBatch extends GradientBatch {
  readonly numbers: readonly number[];
}

/** Of what `gradientBytes` takes. */
export function sizeOf({ sequences, terms }: GradientBatch): GradientSize {
  const parts = terms.flatMap((term) => (term.kind === 'margin' ? [term.preferred, term.other] : [term.row]));
  return {
    rows: sequences.length,
    width: sequences.reduce((most, { length }) => Math.max(most, length), 1),
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
 * Answers to the same prompt are one sequence, and sequences of like lengths a batch; or all of a batch are one sequence,
 * where what they share is more than what attention over all of them costs.
 */
export function gradientBatches(terms: readonly LossTerm[], options: BatchOptions): NumberedBatch[] {
  const units = unitsOf(terms, options.prompt).sort((a, b) => b.length - a.length);
  const batches: NumberedBatch[] = [];
  for (let next = 0; next < units.length;) {
    const ahead = units.slice(next, next + fittingTargets(units.slice(next), options.targets));
    const whole = ahead.slice(0, fittingTree(ahead, options));
    const isShared = options.work(1, lengthOf(whole)) < rowsWork(whole, options);
    const own = isShared ? whole : ahead.slice(0, fittingRows(ahead, options));
    batches.push(batchOf(own, isShared));
    next += own.length;
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

function fittingRows(units: readonly Unit[], { tokens }: BatchOptions): number {
  const lengths = units.map(({ length }) => length);
  return batchSize(lengths, { rows: units.length, tokens });
}

/** What units cost that are no single sequence. */
function rowsWork(units: readonly Unit[], options: BatchOptions): number {
  let work = 0;
  for (let next = 0; next < units.length;) {
    const rows = units.slice(next, next + fittingRows(units.slice(next), options));
    work += options.work(rows.length, rows[0]?.length ?? 0);
    next += rows.length;
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

function batchOf(units: readonly Unit[], isShared: boolean): NumberedBatch {
  const sequences = units.slice(0, isShared ? 1 : units.length).map(() => new Sequence());
  const terms: PlacedTerm[] = [];
  const numbers: number[] = [];
  for (const [row, { prompt, terms: own }] of units.entries()) {
    const sequence = sequences[isShared ? 0 : row] ?? new Sequence();
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
  return { sequences, terms, numbers };
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
