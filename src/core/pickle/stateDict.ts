import { failure, type SploraError } from '../errors';
import { say, type Message } from '../message';
import { DTYPE_BITS, type DtypeName } from '../safetensors/dtype';
import { displayName } from '../safetensors/displayName';
import { product } from '../safetensors/elements';
import type { TensorInfo } from '../safetensors/types';

/** What a pickle of tensors is made of; anything else is refused. Nothing in it is ever called. */
type Value =
  | string
  | number
  | boolean
  | null
  | Value[]
  | { readonly global: string }
  | { readonly storage: DtypeName }
  | { readonly dtype: DtypeName; readonly shape: readonly number[] }
  | { readonly dict: Map<string, Value> };

const STORAGES: ReadonlyMap<string, DtypeName> = new Map([
  ['torch DoubleStorage', 'F64'],
  ['torch FloatStorage', 'F32'],
  ['torch HalfStorage', 'F16'],
  ['torch BFloat16Storage', 'BF16'],
  ['torch LongStorage', 'I64'],
  ['torch IntStorage', 'I32'],
  ['torch ShortStorage', 'I16'],
  ['torch CharStorage', 'I8'],
  ['torch ByteStorage', 'U8'],
  ['torch BoolStorage', 'BOOL'],
]);

/** No tensor of an adapter has more axes. */
const AXES_MAX = 8;

/**
 * Names, dtypes and shapes of a state dict that `torch.save` wrote, from its `data.pkl`. An interpreter of the few opcodes
 * that tensors need (https://docs.python.org/3/library/pickletools.html): it builds lists and maps and runs nothing.
 * Offsets are 0: the data is not located.
 * @throws SploraError `unsupported-adapter` for everything that is not a dictionary of tensors
 */
export function readStateDict(bytes: Uint8Array, file: string): ReadonlyMap<string, TensorInfo> {
  const result = new PickleReader(bytes, file).read();
  const refuse = (message: Message): SploraError => refusal(message, file);
  if (typeof result !== 'object' || result === null || !('dict' in result))
    throw refuse(say('The pickle is not a dictionary of tensors'));
  const tensors = new Map<string, TensorInfo>();
  for (const [name, value] of result.dict) {
    if (typeof value !== 'object' || value === null || !('dtype' in value))
      throw refuse(say('The pickle has something else than a tensor under {0}', displayName(name)));
    const { dtype, shape } = value;
    const byteLength = (product(shape) * DTYPE_BITS[dtype]) / 8;
    tensors.set(name, { name, dtype, shape, offset: 0, byteLength });
  }
  return tensors;
}

function refusal(message: Message, file: string): SploraError {
  const advice = say(
    'Convert it: load the adapter with PEFT and call save_pretrained(…, safe_serialization=True).',
  );
  return failure('unsupported-adapter', message, file, advice);
}

class PickleReader {
  private at = 0;
  private readonly stack: Value[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Value>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Value {
    for (;;) {
      const code = this.number(1);
      if (code === STOP) return this.pop();
      const step = STEPS.get(code);
      if (step === undefined)
        throw this.refused(say('The pickle has an instruction that tensors do not need'));
      step(this);
    }
  }

  refused(message: Message): SploraError {
    return refusal(message, this.file);
  }

  /** Little endian, unsigned. */
  number(size: 1 | 2 | 4): number {
    this.skip(size);
    const from = this.at - size;
    if (size === 1) return this.view.getUint8(from);
    return size === 2 ? this.view.getUint16(from, true) : this.view.getUint32(from, true);
  }

  signed(): number {
    this.skip(4);
    return this.view.getInt32(this.at - 4, true);
  }

  /** Little endian two's complement, of at most 6 bytes. */
  long(size: number): number {
    if (size > 6) throw this.refused(say('The pickle has a number that is too large'));
    let value = 0;
    for (let i = 0; i < size; i++) value += this.number(1) * 256 ** i;
    const half = 256 ** size / 2;
    return value >= half ? value - 2 * half : value;
  }

  text(length: number): string {
    this.skip(length);
    return TEXT.decode(this.bytes.subarray(this.at - length, this.at));
  }

  line(): string {
    const end = this.bytes.indexOf(NEWLINE, this.at);
    if (end === -1) throw this.cutShort();
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  skip(length: number): void {
    if (this.at + length > this.bytes.length) throw this.cutShort();
    this.at += length;
  }

  push(value: Value): void {
    this.stack.push(value);
  }

  pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw this.cutShort();
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** All above the last mark. */
  popMark(): Value[] {
    const from = this.marks.pop();
    if (from === undefined) throw this.cutShort();
    return this.stack.splice(from);
  }

  popMany(count: number): Value[] {
    if (this.stack.length < count) throw this.cutShort();
    return this.stack.splice(this.stack.length - count);
  }

  put(index: number): void {
    const top = this.pop();
    this.push(top);
    this.memo.set(index, top);
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.cutShort();
    this.push(value);
  }

  setItems(items: readonly Value[]): void {
    const target = this.pop();
    this.push(target);
    if (typeof target !== 'object' || target === null || !('dict' in target)) throw this.cutShort();
    for (let i = 0; i + 1 < items.length; i += 2) {
      const [key, value] = [items[i], items[i + 1]];
      if (typeof key !== 'string' || value === undefined)
        throw this.refused(say('The pickle is not a dictionary of tensors'));
      target.dict.set(key, value);
    }
  }

  global([module, name]: readonly Value[]): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.cutShort();
    this.push({ global: `${module} ${name}` });
  }

  /** A storage: `('storage', <class>, key, device, size)`. */
  persistent(): void {
    const given = this.pop();
    const type = Array.isArray(given) ? given[1] : undefined;
    const name = typeof type === 'object' && type !== null && 'global' in type ? type.global : '';
    const storage = STORAGES.get(name);
    if (storage === undefined)
      throw this.refused(say('The pickle has a storage of an unknown kind ({0})', displayName(name)));
    this.push({ storage });
  }

  /** What a call of a known function would return; all others are refused. */
  reduce(): void {
    const [called, given] = this.popMany(2);
    const name = typeof called === 'object' && called !== null && 'global' in called ? called.global : '';
    const values = Array.isArray(given) ? given : [];
    if (name === 'collections OrderedDict' && values.length === 0) this.push({ dict: new Map() });
    else if (name === 'torch._utils _rebuild_tensor_v2') this.push(this.tensor(values));
    else if (name === 'torch._utils _rebuild_parameter' && values[0] !== undefined) this.push(values[0]);
    else throw this.refused(say('The pickle calls {0}, which tensors do not need', displayName(name)));
  }

  private tensor([storage, , size]: readonly Value[]): Value {
    const isStorage = typeof storage === 'object' && storage !== null && 'storage' in storage;
    const isShape =
      Array.isArray(size) &&
      size.length <= AXES_MAX &&
      size.every((axis) => typeof axis === 'number' && Number.isSafeInteger(axis) && axis >= 0);
    if (!isStorage || !isShape) throw this.refused(say('The pickle has a tensor that cannot be read'));
    const shape = size.filter((axis) => typeof axis === 'number');
    if (!Number.isSafeInteger(product(shape)))
      throw this.refused(say('The pickle has a tensor that cannot be read'));
    return { dtype: storage.storage, shape };
  }

  private cutShort(): SploraError {
    return this.refused(say('The pickle is damaged'));
  }
}

const STOP = 0x2e;
const NEWLINE = 0x0a;
const TEXT = new TextDecoder('utf-8');

/** By opcode. */
const STEPS: ReadonlyMap<number, (reader: PickleReader) => void> = new Map(
  Object.entries<(reader: PickleReader) => void>({
    '\x80': (reader) => reader.skip(1), // PROTO
    '\x95': (reader) => reader.skip(8), // FRAME
    '}': (reader) => reader.push({ dict: new Map() }),
    ']': (reader) => reader.push([]),
    ')': (reader) => reader.push([]),
    '(': (reader) => reader.mark(),
    X: (reader) => reader.push(reader.text(reader.number(4))),
    '\x8c': (reader) => reader.push(reader.text(reader.number(1))),
    c: (reader) => reader.push({ global: `${reader.line()} ${reader.line()}` }),
    '\x93': (reader) => reader.global(reader.popMany(2)),
    q: (reader) => reader.put(reader.number(1)),
    r: (reader) => reader.put(reader.number(4)),
    '\x94': (reader) => reader.memoize(),
    h: (reader) => reader.get(reader.number(1)),
    j: (reader) => reader.get(reader.number(4)),
    K: (reader) => reader.push(reader.number(1)),
    M: (reader) => reader.push(reader.number(2)),
    J: (reader) => reader.push(reader.signed()),
    '\x8a': (reader) => reader.push(reader.long(reader.number(1))),
    t: (reader) => reader.push(reader.popMark()),
    '\x85': (reader) => reader.push(reader.popMany(1)),
    '\x86': (reader) => reader.push(reader.popMany(2)),
    '\x87': (reader) => reader.push(reader.popMany(3)),
    Q: (reader) => reader.persistent(),
    R: (reader) => reader.reduce(),
    '\x88': (reader) => reader.push(true),
    '\x89': (reader) => reader.push(false),
    N: (reader) => reader.push(null),
    s: (reader) => reader.setItems(reader.popMany(2)),
    u: (reader) => reader.setItems(reader.popMark()),
    // The attributes of an OrderedDict: `_metadata` of a module's state_dict().
    b: (reader) => void reader.pop(),
  }).map(([code, step]) => [code.charCodeAt(0), step]),
);
