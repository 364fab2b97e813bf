import { say } from '../../../../core/message';
import { displayName } from '../../../../core/safetensors/displayName';
import type { Rope } from '../decoder';
import type { ConfigReader } from './config';
import { declineModel } from './decline';

export interface RopeOptions {
  readonly headSize: number;
  /** Of config.json. */
  readonly maxPositions: number;
  readonly theta?: number;
  /** Share of each head that is rotated. */
  readonly partial?: number;
}

/** A rotation, and up to which length it is the one that transformers computes. */
export interface ScaledRope extends Rope {
  readonly context: number;
}

const { fround } = Math;
const DEFAULT_THETA = 10_000;

/**
 * The frequencies of a config's rotation, as transformers computes them (modeling_rope_utils.py, 5.19), in float32.
 * @param parameters `rope_parameters` (v5) or `rope_scaling` (v4), or the part of it for a type of layers
 * @param config for the fields that older files have at the top
 */
export function readRope(
  config: ConfigReader,
  parameters: ConfigReader | undefined,
  options: RopeOptions,
): ScaledRope {
  const theta =
    parameters?.optionalNumber('rope_theta') ?? options.theta ?? config.positive('rope_theta', DEFAULT_THETA);
  const partial =
    parameters?.optionalNumber('partial_rotary_factor') ??
    options.partial ??
    config.positive('partial_rotary_factor', 1);
  const size = Math.trunc(options.headSize * partial);
  if (size < 2 || size > options.headSize || size % 2 !== 0)
    throw config.bad('partial_rotary_factor', say('a fraction that yields an even head size'), partial);
  const plain = Array.from({ length: size / 2 }, (_, i) => fround(fround(theta) ** fround((2 * i) / size)));
  const type = parameters?.text('rope_type', parameters.text('type', 'default')) ?? 'default';
  const scaling = SCALINGS.get(type);
  if (scaling === undefined)
    throw declineModel(config.file, say('The model uses rotary embeddings of type {0}', displayName(type)));
  const scope: Scope = {
    config,
    parameters: parameters ?? config,
    theta,
    size,
    maxPositions: options.maxPositions,
  };
  const { frequencies, factor = 1, context = options.maxPositions } = scaling(plain, scope);
  return { size, frequencies: Float32Array.from(frequencies), factor, context };
}

interface Scope {
  readonly config: ConfigReader;
  readonly parameters: ConfigReader;
  readonly theta: number;
  readonly size: number;
  readonly maxPositions: number;
}

interface Scaled {
  readonly frequencies: readonly number[];
  readonly factor?: number;
  readonly context?: number;
}

/** @param wavelengths `theta ** (2 i / size)`: the inverse of the plain frequencies */
type Scaling = (wavelengths: readonly number[], scope: Scope) => Scaled;

const inverse = (value: number): number => fround(1 / value);

const SCALINGS: ReadonlyMap<string, Scaling> = new Map<string, Scaling>([
  ['default', (wavelengths) => ({ frequencies: wavelengths.map(inverse) })],
  [
    'linear',
    (wavelengths, { parameters }) => {
      const factor = parameters.positive('factor');
      return { frequencies: wavelengths.map((value) => fround(inverse(value) / factor)) };
    },
  ],
  // Up to the length of the training nothing is scaled; beyond it the frequencies would change with each token.
  ['dynamic', (wavelengths) => ({ frequencies: wavelengths.map(inverse) })],
  ['llama3', llama3],
  ['yarn', yarn],
  ['longrope', longrope],
  ['su', longrope],
]);

const originalLength = ({ config, parameters, maxPositions }: Scope): number =>
  config.has('original_max_position_embeddings')
    ? config.size('original_max_position_embeddings')
    : parameters.size('original_max_position_embeddings', maxPositions);

function llama3(wavelengths: readonly number[], scope: Scope): Scaled {
  const { parameters } = scope;
  const factor = parameters.positive('factor');
  const low = parameters.positive('low_freq_factor');
  const high = parameters.positive('high_freq_factor');
  const original = originalLength(scope);
  const frequencies = wavelengths.map((value) => {
    const frequency = inverse(value);
    const length = (2 * Math.PI) / frequency;
    if (length > original / low) return fround(frequency / factor);
    if (length < original / high) return frequency;
    const smooth = (original / length - low) / (high - low);
    return fround(((1 - smooth) * frequency) / factor + smooth * frequency);
  });
  return { frequencies };
}

const magnitude = (scale: number, weight = 1): number =>
  scale <= 1 ? 1 : 0.1 * weight * Math.log(scale) + 1;

function yarn(wavelengths: readonly number[], scope: Scope): Scaled {
  const { parameters, theta, size, maxPositions } = scope;
  const original = originalLength(scope);
  const factor = parameters.optionalNumber('factor') ?? maxPositions / original;
  const [mscale, all] = [parameters.optionalNumber('mscale'), parameters.optionalNumber('mscale_all_dim')];
  const inferred = mscale && all ? magnitude(factor, mscale) / magnitude(factor, all) : magnitude(factor);
  const at = (rotations: number): number =>
    (size * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const truncate = parameters.flag('truncate', true);
  const [fast, slow] = [
    at(parameters.optionalNumber('beta_fast') ?? 32),
    at(parameters.optionalNumber('beta_slow') ?? 1),
  ];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const end = Math.min(truncate ? Math.ceil(slow) : slow, size - 1);
  const high = low === end ? end + 0.001 : end;
  const frequencies = wavelengths.map((value, i) => {
    const interpolated = Math.min(Math.max((i - low) / (high - low), 0), 1);
    return fround(interpolated / value / factor + (1 - interpolated) / value);
  });
  return { frequencies, factor: parameters.optionalNumber('attention_factor') ?? inferred };
}

/** Only up to the original length: beyond it, transformers exchanges all frequencies in the middle of an answer. */
function longrope(wavelengths: readonly number[], scope: Scope): Scaled {
  const { parameters, maxPositions, size } = scope;
  const original = originalLength(scope);
  const short = parameters.numbers('short_factor');
  if (short?.length !== size / 2)
    throw parameters.bad('short_factor', say('a list of {0} numbers', size / 2), short);
  const factor = parameters.optionalNumber('factor') ?? maxPositions / original;
  const inferred = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return {
    frequencies: wavelengths.map((value, i) => fround(1 / fround(value * (short[i] ?? 1)))),
    factor: parameters.optionalNumber('attention_factor') ?? inferred,
    context: original,
  };
}

/** Rows of cosines and sines for positions 0 to `length - 1`, each `size / 2` wide. */
export function ropeTables(
  { frequencies, factor }: Rope,
  length: number,
): { cosines: Float32Array; sines: Float32Array } {
  const width = frequencies.length;
  const cosines = new Float32Array(length * width);
  const sines = new Float32Array(length * width);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < width; i++) {
      const angle = fround(position * (frequencies[i] ?? 0));
      cosines[position * width + i] = fround(Math.cos(angle)) * factor;
      sines[position * width + i] = fround(Math.sin(angle)) * factor;
    }
  }
  return { cosines, sines };
}
