import { say, type Message } from '../../core/message';
import { projectionOf } from '../projection';
import type {
  AlignmentSubspaces,
  FactorStep,
  LoraFactors,
  RepairInput,
  RepairPlan,
  Rewritten,
  Settled,
  WrittenModule,
} from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface ProjectOptions {
  readonly by: 'count' | 'cosine';
  readonly modules: number;
  readonly cosine: number;
  readonly projector: 'published' | 'subspace';
  readonly k: number;
}

/** Projected updates of a smaller share of their norm are as good as removed. */
const RETAINED_SMALL = 0.01;

/** @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds), or has a trained bias */
export function planProject({ adapter }: RepairInput, options: ProjectOptions): RepairPlan {
  refuseNonlinear(adapter);
  refuseBias(adapter);
  const { by, modules, cosine, projector, k } = options;
  return {
    tensors: new Map(),
    step: stepOf(options),
    effect: say('projected'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: {
      ...(by === 'count' ? { modules } : { cosine }),
      projector,
      ...(projector === 'subspace' ? { k } : {}),
    },
    notes: [],
  };
}

function stepOf(options: ProjectOptions): FactorStep {
  const settle = (written: ReadonlyMap<string, WrittenModule>): Settled => settleProject(written, options);
  if (options.projector === 'published')
    return { reads: 'products', settle, rewrite: (module, { cb }) => projected(module, cb) };
  return {
    reads: 'subspaces',
    k: options.k,
    settle,
    rewrite: (module, subspaces) => projected(module, onSubspace(module, subspaces)),
  };
}

const projected = (module: LoraFactors, b: Float64Array): Rewritten => ({ b, ...projectionOf(module, b) });

/** `U (Uᵀ B)`. */
export function onSubspace(
  { rank, b }: Pick<LoraFactors, 'rank' | 'b'>,
  { output }: Pick<AlignmentSubspaces, 'output'>,
): Float64Array {
  const result = new Float64Array(b.length);
  for (const direction of output) {
    for (let k = 0; k < rank; k++) {
      let inner = 0;
      direction.forEach((value, i) => (inner += value * (b[i * rank + k] ?? 0)));
      direction.forEach((value, i) => {
        result[i * rank + k] = (result[i * rank + k] ?? 0) + inner * value;
      });
    }
  }
  return result;
}

/** Which modules are projected: all cosines must be known first. Of equal ones, the first modules. */
export function settleProject(
  written: ReadonlyMap<string, WrittenModule>,
  { by, modules, cosine: limit }: Pick<ProjectOptions, 'by' | 'modules' | 'cosine'>,
): Settled {
  const all = [...written].map(([name, { cosine = 0, retained = 0 }]) => ({ name, cosine, retained }));
  const sorted = all.toSorted((x, y) => x.cosine - y.cosine);
  const taken = by === 'count' ? sorted.slice(0, modules) : sorted.filter(({ cosine }) => cosine <= limit);
  const names = new Set(taken.map(({ name }) => name));
  const reason = by === 'count' ? othersText(taken.length) : say('Their cosines are above {0}.', limit);
  const left = new Map([...written.keys()].flatMap((name) => (names.has(name) ? [] : [[name, reason]])));
  const small = taken.filter(({ retained }) => retained < RETAINED_SMALL).length;
  return {
    ranks: new Map(),
    factor: () => 1,
    left,
    notes: smallNote(small, taken.length),
    record: { largestCosine: taken.at(-1)?.cosine ?? null },
  };
}

const othersText = (count: number): Message =>
  count === 1
    ? say('The cosine of 1 other is smaller.')
    : say('The cosines of {0} others are smaller.', count);

function smallNote(small: number, all: number): readonly Message[] {
  if (small === 0) return [];
  return [
    small === 1
      ? say(
          '1 of {0} projected updates keeps less than 1 % of its norm: that is as good as removing it.',
          all,
        )
      : say(
          '{0} of {1} projected updates keep less than 1 % of their norm: that is as good as removing them.',
          ...[small, all],
        ),
  ];
}
