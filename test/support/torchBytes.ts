import type { TestTensor } from './safetensorsBytes';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('X'), length, bytes]);
};
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeInt32LE(value, 1);
  return bytes;
};
const op = (code: string): Buffer => Buffer.from(code, 'latin1');
const tuple = (...values: readonly Buffer[]): Buffer => Buffer.concat([op('('), ...values, op('t')]);

/** The pickle that `torch.save` makes of a dictionary of F32 tensors (protocol 2, without its memo). */
export function stateDictPickle(tensors: readonly TestTensor[], storage = 'FloatStorage'): Buffer {
  const items = tensors.flatMap(({ name, shape }, at) => [
    text(name),
    op('ctorch._utils\n_rebuild_tensor_v2\n'),
    tuple(
      tuple(text('storage'), op(`ctorch\n${storage}\n`), text(String(at)), text('cpu'), number(0)),
      op('Q'),
      number(0),
      tuple(...shape.map(number)),
      tuple(...shape.map(() => number(1))),
      op('\x89'),
      op('ccollections\nOrderedDict\n)R'),
    ),
    op('R'),
  ]);
  return Buffer.concat([op('\x80\x02}('), ...items, op('u.')]);
}

/** A zip archive of one file, stored as it is. */
export function zipOf(name: string, data: Uint8Array, method = 0): Buffer {
  const bytes = Buffer.from(name);
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(data.length, 4);
  sizes.writeUInt32LE(data.length, 8);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  sizes.copy(local, 14);
  local.writeUInt16LE(bytes.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  sizes.copy(entry, 16);
  entry.writeUInt16LE(bytes.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(entry.length + bytes.length, 12);
  end.writeUInt32LE(local.length + bytes.length + data.length, 16);
  return Buffer.concat([local, bytes, data, entry, bytes, end]);
}

/** A file of `torch.save`, without the data of its tensors. */
export const torchBytes = (tensors: readonly TestTensor[]): Buffer =>
  zipOf('adapter_model/data.pkl', stateDictPickle(tensors));
