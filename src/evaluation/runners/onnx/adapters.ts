import { bareName } from '../../../core/checkpoint/tensorIndex';
import type { Adapter, AdapterModule } from '../../../core/adapter/types';
import { SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { displayName, shapeText } from '../../../core/safetensors/displayName';
import { DTYPE_BITS, isArithmeticDtype } from '../../../core/safetensors/dtype';
import type { TensorInfo } from '../../../core/safetensors/types';
import { widen } from '../../../core/safetensors/widen';
import type { ByteSource } from '../../../io/byteSource';
import { openAdapter } from '../../../io/openAdapter';
import { allSites, type Decoder, type Linear, type Site } from './decoder';

/** The factors of one site: `a` is [inputs, rank of the site], each `b` [rank, outputs] with its scale in it. */
export interface SiteFactors {
  readonly ranks: readonly number[];
  readonly a: Float32Array;
  readonly b: readonly Float32Array[];
}

/** An adapter's factors in the order of the decoder's sites; modules that it lacks have rank 0. */
export interface Factors {
  readonly sites: readonly SiteFactors[];
  /** Sum of all ranks. */
  readonly rank: number;
  /** Of the tensors in the file. */
  readonly bytes: number;
  /** For each token: `r (in + out)` of every module. */
  readonly multiplyAdds: number;
  /** Doubts about the adapter, above all about its scales. */
  readonly notes: readonly Message[];
}

/** No adapter. */
export function noFactors(decoder: Pick<Decoder, 'layers'>): Factors {
  const empty = new Float32Array();
  const sites = allSites(decoder).map((site) => ({
    ranks: site.map(() => 0),
    a: empty,
    b: site.map(() => empty),
  }));
  return { sites, rank: 0, bytes: 0, multiplyAdds: 0, notes: [] };
}

/** Of the adapter's factors as float32. */
export function factorBytes({ modules }: Pick<Adapter, 'modules'>): number {
  return modules.reduce((sum, { rank, shape: [m, n] }) => sum + 4 * rank * (m + n), 0);
}

/**
 * Reads an adapter for a decoder.
 * @throws SploraError those of `openAdapter`; 'unsupported-adapter' for what is more than `B A` on linear layers;
 * 'wrong-models' where it does not fit
 */
export async function readFactors(path: string, decoder: Pick<Decoder, 'layers'>): Promise<Factors> {
  const { adapter, source } = await openAdapter(path);
  try {
    return await factorsOf(adapter, decoder, source);
  } finally {
    await source.close();
  }
}

/** As `readFactors`, of an adapter that is open. */
export async function factorsOf(
  adapter: Adapter,
  decoder: Pick<Decoder, 'layers'>,
  source: ByteSource,
): Promise<Factors> {
  const modules = modulesByLinear(adapter, decoder);
  const sites: SiteFactors[] = [];
  for (const site of allSites(decoder)) sites.push(await siteFactors(site, modules, source));
  await source.assertUnchanged();
  const tensors = adapter.modules.flatMap(({ a, b }) => [a, b]);
  return {
    sites,
    rank: adapter.modules.reduce((sum, { rank }) => sum + rank, 0),
    bytes: tensors.reduce((sum, { byteLength }) => sum + byteLength, 0),
    multiplyAdds: adapter.modules.reduce((sum, { rank, shape: [m, n] }) => sum + rank * (m + n), 0),
    notes: adapter.notes.map((note) => say('{0}: {1}', displayName(adapter.weightsFile), note)),
  };
}

/** The adapter's modules by the names of linear layers. @throws SploraError when one is something else */
export function modulesByLinear(
  adapter: Adapter,
  decoder: Pick<Decoder, 'layers'>,
): ReadonlyMap<string, AdapterModule> {
  const linears = new Map(allSites(decoder).flatMap((site) => site.map((linear) => [linear.name, linear])));
  const [whole] = [
    ...adapter.replacements.map(({ tensor }) => tensor),
    ...adapter.carried.map(({ tensor }) => tensor),
  ];
  if (whole !== undefined)
    throw unsupported(adapter, whole.name, say('The adapter also changes {0}', displayName(whole.name)));
  const found = new Map<string, AdapterModule>();
  for (const module of adapter.modules) {
    const linear = linears.get(bareName(module.name));
    if (linear === undefined) throw notInModel(adapter, module, linears);
    checkModule(adapter, module, linear);
    found.set(bareName(module.name), module);
  }
  return found;
}

/** A block's index in the name of a linear layer. */
const BLOCK_INDEX = /(?<=\.)\d+(?=\.)/;

/** Why a module has no layer: the model has fewer blocks, or it is something else. */
function notInModel(
  adapter: Adapter,
  module: AdapterModule,
  linears: ReadonlyMap<string, Linear>,
): SploraError {
  const name = displayName(module.name);
  if (!linears.has(bareName(module.name).replace(BLOCK_INDEX, '0')))
    return unsupported(
      adapter,
      module.name,
      say('Module {0} is not a linear layer inside the blocks of the model', name),
    );
  return new SploraError({
    code: 'wrong-models',
    message: say('Module {0} is in a block that the model does not have', name),
    file: adapter.weightsFile,
    tensor: module.name,
    advice: OTHER_MODEL,
  });
}

const OTHER_MODEL = say('Choose the model that the adapter was trained on.');

function checkModule(adapter: Adapter, module: AdapterModule, linear: Linear): void {
  const name = displayName(module.name);
  const { unsupported: why, shape, tensors } = module;
  if (why !== undefined) throw unsupported(adapter, module.name, say('Module {0}: {1}', name, why));
  const other = tensors.find((tensor) => tensor !== module.a && tensor !== module.b);
  if (other !== undefined)
    throw unsupported(adapter, other.name, say('Module {0} has more than lora_A and lora_B', name));
  if (shape[0] !== linear.outputs || shape[1] !== linear.inputs)
    throw new SploraError({
      code: 'wrong-models',
      message: say(
        'Module {0} is {1}, but the layer of the model is {2}',
        name,
        shapeText(shape),
        shapeText([linear.outputs, linear.inputs]),
      ),
      file: adapter.weightsFile,
      tensor: module.name,
      advice: OTHER_MODEL,
    });
}

const OTHER_LOADER = say(
  'Measure it with a server that supports it (splora check says which loaders do), or as a merged model.',
);

function unsupported(adapter: Adapter, tensor: string, message: Message): SploraError {
  const file = adapter.weightsFile;
  return new SploraError({ code: 'unsupported-adapter', message, file, tensor, advice: OTHER_LOADER });
}

async function siteFactors(
  site: Site,
  modules: ReadonlyMap<string, AdapterModule>,
  source: ByteSource,
): Promise<SiteFactors> {
  const own = site.map(({ name }) => modules.get(name));
  const ranks = own.map((module) => module?.rank ?? 0);
  const width = ranks.reduce((sum, rank) => sum + rank, 0);
  const a = new Float32Array(width * (site[0]?.inputs ?? 0));
  const b: Float32Array[] = [];
  let column = 0;
  for (const module of own) {
    if (module === undefined) {
      b.push(new Float32Array());
      continue;
    }
    const { rank, transposed } = module;
    const [m, n] = module.shape;
    const stored = await readTensor(module.a, source);
    // [n, r] for MLX, [r, n] for PEFT.
    copyInto(a, { from: stored, rows: n, columns: rank, transposed: !transposed, width, column });
    const factor = new Float32Array(rank * m);
    const scaled = (await readTensor(module.b, source)).map((value) => value * module.scale);
    // What fits as stored may overflow with its scale.
    checkNumbers(scaled, module.b, source);
    copyInto(factor, { from: scaled, rows: rank, columns: m, transposed: !transposed, width: m, column: 0 });
    b.push(factor);
    column += rank;
  }
  return { ranks, a, b };
}

interface Copy {
  readonly from: Float32Array;
  /** Of what is written. */
  readonly rows: number;
  readonly columns: number;
  /** `from` is columns x rows. */
  readonly transposed: boolean;
  /** Row length of the target, and the column to start from. */
  readonly width: number;
  readonly column: number;
}

function copyInto(target: Float32Array, { from, rows, columns, transposed, width, column }: Copy): void {
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < columns; at++)
      target[row * width + column + at] = from[transposed ? at * rows + row : row * columns + at] ?? 0;
  }
}

async function readTensor(tensor: TensorInfo, source: ByteSource): Promise<Float32Array> {
  const { dtype, byteLength, offset, name } = tensor;
  if (!isArithmeticDtype(dtype))
    throw new SploraError({
      code: 'unsupported-dtype',
      message: say(
        'Tensor {0} has dtype {1}, which the in-process runner does not support',
        displayName(name),
        dtype,
      ),
      file: source.path,
      tensor: name,
      advice: say('Save the adapter in bf16, fp16 or fp32.'),
    });
  const bytes = new Uint8Array(byteLength);
  await source.readInto(bytes, offset);
  const values = new Float32Array((byteLength * 8) / DTYPE_BITS[dtype]);
  widen(bytes, dtype, values);
  checkNumbers(values, tensor, source);
  return values;
}

/**
 * Rows of other adapters share a batch, and what they must not get is multiplied by 0: 0 times NaN is NaN, and so is 0
 * times infinity, to which a product with larger numbers overflows.
 */
const FACTOR_MAX = 1e20;

function checkNumbers(values: Float32Array, { name }: TensorInfo, { path }: ByteSource): void {
  if (values.every((value) => Math.abs(value) <= FACTOR_MAX)) return;
  throw new SploraError({
    code: 'unsupported-adapter',
    message: say(
      'Tensor {0} contains NaN, infinity, or numbers too large to compute with',
      displayName(name),
    ),
    file: path,
    tensor: name,
    advice: say('Training may have diverged: choose an earlier checkpoint of the adapter.'),
  });
}
