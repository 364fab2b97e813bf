import type { Checkpoint, CheckpointTensor } from '../../src/core/checkpoint/types';
import type { DtypeName } from '../../src/core/safetensors/dtype';

/** Tensors by name, with a shape (F32) or a dtype and a shape; places are made up. */
export type TensorShapes = Readonly<
  Record<string, readonly number[] | readonly [DtypeName, readonly number[]]>
>;

/** A model that exists in memory only: names and shapes. */
export function checkpointOf(shapes: TensorShapes, rest: Partial<Checkpoint> = {}): Checkpoint {
  return { path: '/model', tensors: tensorsOf(shapes), tiedEmbeddings: true, ...rest };
}

export function tensorsOf(shapes: TensorShapes): ReadonlyMap<string, CheckpointTensor> {
  return new Map(
    Object.entries(shapes).map(([name, value]) => {
      const [first, second] = value;
      const typed = typeof first === 'string' && typeof second === 'object';
      const shape = typed ? second : (value as readonly number[]);
      const dtype = typed ? first : 'F32';
      return [
        name,
        { file: '/model/model.safetensors', info: { name, dtype, shape, offset: 8, byteLength: 4 } },
      ];
    }),
  );
}
