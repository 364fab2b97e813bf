import type { AdapterModule } from '../core/adapter/types';
import { say, type Message } from '../core/message';
import { defined } from '../core/record';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { readElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import type { ByteSource } from '../io/byteSource';
import { PASS_TENSORS, type PassKind } from '../core/passes';
import { readTensor } from '../io/readTensor';
import type { OpenedAdapter } from '../io/openAdapter';
import type { PassFiles } from '../io/passFiles';
import type { Activations, LoraFactors, StepModule } from '../methods/types';
import { transposed, type StoredModule } from './stepOutcome';

/** What was recorded of prompts, and what of it is wanted. */
export interface RecordedPasses {
  readonly files: PassFiles;
  readonly kinds: readonly PassKind[];
}

/** The modules of an adapter with their factors, with those of a safety adapter, and with what passes recorded. */
export class StepModules {
  private readonly own: ReadonlyMap<string, AdapterModule>;
  private readonly safe: ReadonlyMap<string, AdapterModule>;

  constructor(
    private readonly opened: OpenedAdapter,
    private readonly safety: OpenedAdapter | undefined,
    private readonly passes?: RecordedPasses,
  ) {
    const byName = (one: OpenedAdapter | undefined): ReadonlyMap<string, AdapterModule> =>
      new Map(one?.adapter.modules.map((module) => [module.name, module]));
    this.own = byName(opened);
    this.safe = byName(safety);
  }

  /** Those of the adapter, then those that only the safety adapter has, in the dtypes of the adapter. */
  all(): readonly StoredModule[] {
    const { modules } = this.opened.adapter;
    const [first] = modules;
    const more = [...this.safe.values()].filter(({ name }) => !this.own.has(name));
    return [
      ...modules,
      ...more.map((module) => ({
        ...module,
        a: { ...module.a, dtype: first?.a.dtype ?? module.a.dtype },
        b: { ...module.b, dtype: first?.b.dtype ?? module.b.dtype },
      })),
    ];
  }

  /** Whether it is a module of the adapter, and not of the safety adapter alone. */
  has({ name }: Pick<StoredModule, 'name'>): boolean {
    return this.own.has(name);
  }

  /** The factors of a module, or why they cannot be changed. */
  async read({ name }: Pick<StoredModule, 'name'>): Promise<StepModule | { readonly reason: Message }> {
    const [module, safe] = [this.own.get(name), this.safe.get(name)];
    const unsupported = module?.unsupported ?? safe?.unsupported;
    if (unsupported !== undefined) return { reason: unsupported };
    const safety = safe && this.safety && (await readFactors(safe, this.safety.source));
    if (safety !== undefined && 'reason' in safety) return safety;
    const added =
      safe === undefined || safety === undefined ? {} : { safety: { ...safety, scale: safe.scale } };
    if (module === undefined) {
      const [m, n] = safe?.shape ?? [0, 0];
      return { name, m, n, rank: 0, scale: 1, a: new Float64Array(), b: new Float64Array(), ...added };
    }
    const factors = await readFactors(module, this.opened.source);
    if ('reason' in factors) return factors;
    const recorded = this.passes === undefined ? {} : await readPasses(this.passes, name, factors);
    return { ...factors, name, scale: module.scale, ...added, ...recorded };
  }
}

async function readFactors(
  { a, b, shape: [m, n], rank, transposed: isTransposed }: AdapterModule,
  source: ByteSource,
): Promise<LoraFactors | { readonly reason: Message }> {
  const [left, right] = await Promise.all([readFactor(a, source), readFactor(b, source)]);
  if (left === undefined || right === undefined)
    return { reason: say('The adapter contains {0} and {1}, not F64, F32, F16, or BF16.', a.dtype, b.dtype) };
  if (!left.every(Number.isFinite) || !right.every(Number.isFinite))
    return { reason: say('lora_A or lora_B contains NaN or infinity.') };
  return {
    ...{ m, n, rank },
    a: isTransposed ? transposed(left, n, rank) : left,
    b: isTransposed ? transposed(right, rank, m) : right,
  };
}

async function readPasses(
  { files, kinds }: RecordedPasses,
  module: string,
  { m, n, rank }: LoraFactors,
): Promise<Pick<StepModule, 'activations' | 'refusals' | 'hessian'>> {
  const activations = kinds.includes('activations')
    ? await readActivations(files, module, { n, rank })
    : undefined;
  const refusals = kinds.includes('outputs')
    ? await files.read(PASS_TENSORS.directions(module), [null, m])
    : undefined;
  const hessian = kinds.includes('hessian') ? await files.read(PASS_TENSORS.gram(module), [n, n]) : undefined;
  return defined({ activations, refusals, hessian });
}

async function readActivations(
  files: PassFiles,
  module: string,
  { n, rank }: Pick<LoraFactors, 'n' | 'rank'>,
): Promise<Activations | undefined> {
  const inputs = await files.read(PASS_TENSORS.inputs(module), [n]);
  const low = await files.read(PASS_TENSORS.low(module), [rank]);
  return inputs && low && { inputs, low };
}

async function readFactor(info: TensorInfo, source: ByteSource): Promise<Float64Array | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  return readElements(await readTensor(source, info), info.dtype);
}
