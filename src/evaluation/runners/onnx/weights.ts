import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { indexOf } from '../../../core/checkpoint/tensorIndex';
import type { Checkpoint, CheckpointTensor } from '../../../core/checkpoint/types';
import { failure, SploraError } from '../../../core/errors';
import { say } from '../../../core/message';
import type { TensorType } from '../../../core/onnx/graph';
import { displayName, shapeText } from '../../../core/safetensors/displayName';
import type { DtypeName } from '../../../core/safetensors/dtype';
import { reading } from '../../../io/ioError';
import { rootOf } from './ort';
import type { FindWeight } from './graphParts';
import { USE_ENDPOINT } from './families/decline';

const TYPES: ReadonlyMap<DtypeName, TensorType> = new Map([
  ['F32', 'float'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F64', 'double'],
]);

/** The weights of a checkpoint as a graph refers to them. */
export interface WeightPlaces {
  /** The file system's root: ONNX Runtime refuses absolute paths, and links that lead out of its folder. */
  readonly root: string;
  readonly find: FindWeight;
  readonly has: (name: string) => boolean;
  /** Bytes of the tensors that were found. */
  readonly usedBytes: () => number;
}

/** Names are without wrapper prefixes. @throws SploraError 'io', 'not-found' */
export async function weightPlaces(checkpoint: Checkpoint): Promise<WeightPlaces> {
  const files = new Set([...checkpoint.tensors.values()].map(({ file }) => file));
  const real = new Map<string, string>();
  for (const file of files) real.set(file, await reading(file, () => realpath(file)));
  const root = rootOf(real.values().next().value ?? checkpoint.path);
  for (const file of real.values()) {
    if (rootOf(file) !== root)
      throw failure(
        'unsupported-checkpoint',
        say('The shards of the model are on different drives'),
        file,
        say('Move them into one folder.'),
      );
  }
  const index = indexOf(checkpoint);
  const used = new Map<string, number>();
  return {
    root,
    has: (name) => index.byBareName.has(name),
    usedBytes: () => [...used.values()].reduce((sum, bytes) => sum + bytes, 0),
    find: (name, shape) => {
      const found = checked(checkpoint, index.byBareName.get(name) ?? [], name, shape);
      used.set(name, found.info.byteLength);
      const type = TYPES.get(found.info.dtype);
      if (type === undefined)
        throw bad(
          checkpoint,
          name,
          say(
            'Tensor {0} has dtype {1}, which the in-process runner does not support',
            displayName(name),
            found.info.dtype,
          ),
        );
      const location = relative(root, real.get(found.file) ?? found.file)
        .split(sep)
        .join('/');
      return { type, shape, location, offset: found.info.offset, length: found.info.byteLength };
    },
  };
}

function checked(
  checkpoint: Checkpoint,
  candidates: readonly CheckpointTensor[],
  name: string,
  shape: readonly number[],
): CheckpointTensor {
  const [tensor, second] = candidates;
  if (tensor === undefined)
    throw bad(checkpoint, name, say('The model has no tensor {0}', displayName(name)));
  if (second !== undefined)
    throw bad(
      checkpoint,
      name,
      say('The model has several tensors {0} with different prefixes', displayName(name)),
    );
  const stored = tensor.info.shape;
  if (stored.length !== shape.length || stored.some((size, axis) => size !== shape[axis]))
    throw bad(
      checkpoint,
      name,
      say(
        'Tensor {0} has shape {1}, but config.json implies {2}',
        displayName(name),
        shapeText(stored),
        shapeText(shape),
      ),
    );
  return tensor;
}

const bad = (checkpoint: Checkpoint, tensor: string, message: ReturnType<typeof say>): SploraError =>
  new SploraError({
    code: 'unsupported-checkpoint',
    message,
    file: checkpoint.path,
    tensor,
    advice: USE_ENDPOINT,
  });
