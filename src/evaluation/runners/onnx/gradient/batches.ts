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

interface Unit {
  readonly sequence: Sequence;
  readonly terms: { readonly number: number; readonly placed: PlacedTerm }[];
  targets: number;
}

/** Rows of the same prompt become one sequence; sequences of like lengths a batch. */
export function gradientBatches(terms: readonly LossTerm[], options: BatchOptions): NumberedBatch[] {
  const units = [...unitsOf(terms, options.prompt).values()].sort(
    (a, b) => b.sequence.length - a.sequence.length,
  );
  const batches: NumberedBatch[] = [];
  for (let next = 0; next < units.length;) {
    const ahead = units.slice(next);
    const lengths = ahead.map(({ sequence }) => sequence.length);
    const fitting = batchSize(lengths, { rows: units.length, tokens: options.tokens });
    const count = fittingTargets(ahead.slice(0, fitting), options.targets);
    const own = ahead.slice(0, count);
    const placed = own.flatMap((unit) => unit.terms);
    batches.push({
      sequences: own.map(({ sequence }) => sequence),
      terms: placed.map((term) => term.placed),
      numbers: placed.map(({ number }) => number),
    });
    next += count;
  }
  return batches;
}

function fittingTargets(units: readonly Unit[], most: number): number {
  let sum = 0;
  for (const [count, { targets }] of units.entries()) {
    sum += targets;
    if (sum > most) return Math.max(count, 1);
  }
  return units.length;
}

function unitsOf(terms: readonly LossTerm[], prompt: BatchOptions['prompt']): ReadonlyMap<string, Unit> {
  const units = new Map<string, Unit>();
  for (const [number, term] of terms.entries()) {
    const tokens = prompt(term.prompt);
    const key = tokens.join(' ');
    const unit = units.get(key) ?? { sequence: new Sequence(tokens), terms: [], targets: 0 };
    units.set(key, unit);
    const { sequence } = unit;
    const place = (ids: readonly number[]) => {
      unit.targets += ids.length;
      return { sequence, ids, places: sequence.add(ids) };
    };
    const placed: PlacedTerm =
      term.kind === 'margin'
        ? { kind: 'margin', term, preferred: place(term.preferred), other: place(term.other) }
        : { kind: 'likelihood', term, row: place(term.targets) };
    unit.terms.push({ number, placed });
  }
  return units;
}
