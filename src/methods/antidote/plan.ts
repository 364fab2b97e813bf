import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import { requirePasses } from '../passes';
import type { LeftModule, RepairInput, RepairPlan, Rewritten, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface AntidoteOptions {
  readonly share: number;
  readonly factors: 'both' | 'a';
  readonly score: 'activations' | 'magnitude';
}

/**
 * In each row of a factor, the entries of the highest `|w_ij| ‖x_j‖` become 0, where `x` is what the factor reads in harmful
 * prompts.
 * @throws SploraError `bad-request` if an update is not `s B A`, without passes, and for a share that leaves nothing
 */
export function planAntidote(input: RepairInput, options: AntidoteOptions): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  refuseBias(adapter);
  if (options.score === 'activations') requirePasses(input);
  refuseNothingLeft(input, options);
  return {
    tensors: new Map(),
    step: { reads: 'factors', rewrite: (module) => withoutTop(module, options) },
    effect: say('thinned'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { ...options },
    notes: [],
  };
}

function refuseNothingLeft({ adapter }: RepairInput, { share, factors }: AntidoteOptions): void {
  const { modules, weightsFile } = adapter;
  const isEmpty = ({ rank, shape: [, n] }: (typeof modules)[number]): boolean =>
    keptOf(n, share) === 0 || (factors === 'both' && keptOf(rank, share) === 0);
  if (modules.length === 0 || !modules.every(isEmpty)) return;
  throw badRequest(
    say('With the share {0}, no entry would be left: a row of lora_B has as many as the rank', share),
    say('Choose a smaller share, or lora_A alone.'),
    weightsFile,
  );
}

/** Of a row: as the published code rounds. */
const keptOf = (columns: number, share: number): number => Math.floor(columns * (1 - share));

export function withoutTop(module: StepModule, options: AntidoteOptions): Rewritten | LeftModule {
  const { m, n, rank, a, b } = module;
  const { share, factors } = options;
  const norms = normsOf(module, options);
  const left = zeroed(a, n, norms.inputs, keptOf(n, share));
  if (factors === 'a' || keptOf(rank, share) === rank)
    return keptOf(n, share) === n ? { left: say('The share is less than one entry of a row.') } : { a: left };
  return { a: left, b: zeroed(b.subarray(0, m * rank), rank, norms.low, keptOf(rank, share)) };
}

interface Norms {
  /** Of what each column of `lora_A` is multiplied by, and of `lora_B`. */
  readonly inputs: Float64Array;
  readonly low: Float64Array;
}

function normsOf({ name, n, rank, activations }: StepModule, { score }: AntidoteOptions): Norms {
  if (score === 'magnitude')
    return { inputs: new Float64Array(n).fill(1), low: new Float64Array(rank).fill(1) };
  if (activations === undefined)
    throw badRequest(
      say('No activations of {0} were recorded', displayName(name)),
      say('Record them again with this adapter.'),
    );
  return { inputs: activations.inputs.map(Math.sqrt), low: activations.low.map(Math.sqrt) };
}

/** Of equal scores, those of the first columns stay. */
function zeroed(values: Float64Array, columns: number, norms: Float64Array, kept: number): Float64Array {
  const result = Float64Array.from(values);
  for (let start = 0; start < result.length; start += columns) {
    const score = (column: number): number => Math.abs(result[start + column] ?? 0) * (norms[column] ?? 0);
    const order = Array.from({ length: columns }, (_, column) => column);
    const scores = Float64Array.from(order, score);
    order.sort((one, other) => (scores[one] ?? 0) - (scores[other] ?? 0) || one - other);
    for (const column of order.slice(kept)) result[start + column] = 0;
  }
  return result;
}
