import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { optionValues, type OptionTable } from '../core/options';
import { PASS_KINDS, type PassKind } from '../core/passes';
import { addVector } from './add-vector';
import { antidote } from './antidote';
import { compress } from './compress';
import { constrain } from './constrain';
import { cut } from './cut';
import { extrapolate } from './extrapolate';
import { fuse } from './fuse';
import { gates } from './gates';
import { irr } from './irr';
import { merge } from './merge';
import { project } from './project';
import { prune } from './prune';
import { safeDelta } from './safe-delta';
import { scale } from './scale';
import { splitGates } from './split-gates';
import type { Curve, CurveLine, Method, RepairMethod } from './types';

/** Every repair method, in the order of menus and help. Adding one takes its folder and a line here. */
export const METHODS: readonly RepairMethod[] = [
  define(prune),
  define(scale),
  define(cut),
  define(gates),
  define(splitGates),
  define(project),
  define(extrapolate),
  define(addVector),
  define(fuse),
  define(compress),
  define(merge),
  define(irr),
  define(antidote),
  define(constrain),
  define(safeDelta),
];

/** Which models a method reads. */
export const modelNeeds = ({ needs }: RepairMethod): readonly ('base' | 'aligned')[] =>
  (['base', 'aligned'] as const).filter((need) => needs.includes(need));

/** Passes over prompts that methods need, in the order of `PASS_KINDS`. */
export const passNeeds = (methods: readonly RepairMethod[]): readonly PassKind[] =>
  PASS_KINDS.filter((kind) => methods.some(({ needs }) => needs.includes(kind)));

/** Whether the method needs prompts, so that it is no repair of files alone. */
export const needsPrompts = (method: RepairMethod): boolean =>
  method.needs.includes('fit') || passNeeds([method]).length > 0;

/** @throws SploraError `bad-request` if the method needs a safety adapter and there is none */
export function checkSafety({ id, needs }: RepairMethod, safety: string | undefined): void {
  if (safety !== undefined || !needs.includes('safety')) return;
  throw badRequest(
    say('The method {0} needs a safety adapter.', id),
    say('Specify an adapter that was trained on the same model to refuse.'),
  );
}

/** @throws SploraError `bad-request` for an unknown id */
export function methodOf(id: string): RepairMethod {
  const method = METHODS.find((one) => one.id === id);
  if (method !== undefined) return method;
  throw badRequest(
    say('Unknown method {0}.', JSON.stringify(id)),
    say('Allowed: {0}.', METHODS.map((one) => one.id).join(', ')),
  );
}

function define<O extends object>(method: Method<O>): RepairMethod {
  const { id, title, summary, needs, options, curve } = method;
  return {
    id,
    title,
    summary,
    needs,
    options,
    ...(curve === undefined ? {} : { curve: untyped(curve, options) }),
    plan: async (input, given) => method.plan(input, optionValues(options, given)),
  };
}

type Untyped = Readonly<Record<string, unknown>>;

function untyped<O extends object>(
  { lines, refine, directions }: Curve<O>,
  options: OptionTable<O>,
): Curve<Untyped> {
  const plain = (all: readonly CurveLine<O>[]): readonly CurveLine<Untyped>[] =>
    all.map((line) => line.map((point) => ({ ...point, options: { ...point.options } })));
  return {
    lines: (size) => plain(lines(size)),
    ...(refine === undefined
      ? {}
      : { refine: (found) => plain(refine(found.map((one) => optionValues(options, one)))) }),
    ...(directions === undefined ? {} : { directions }),
  };
}
