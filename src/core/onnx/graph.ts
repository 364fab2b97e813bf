import { concatenate, field, float, int, message, text } from './protobuf';

/** Names of `TensorProto.DataType` that graphs here use. */
export const TENSOR_TYPES = {
  float: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
  bfloat16: 16,
} as const;
export type TensorType = keyof typeof TENSOR_TYPES;

/** A value of the graph, by its name. */
export type Value = string;

/** Numbers are FLOAT where they are given as `{ float }`, else INT; lists are INTS. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** Where the bytes of an initializer lie; the location is relative to the folder that the session is given. */
export interface ExternalData {
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A dimension is a size or the name of a dynamic one. */
export type Shape = readonly (number | string)[];

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Absent: the ONNX standard's own. */
  readonly domain?: string;
}

const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;
const EXTERNAL = 1;
/** IR version 10 came with opset 21 to 23. */
const IR_VERSION = 10;

/** Collects nodes and initializers and serializes them as an ONNX model (onnx.proto3). */
export class GraphBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private readonly domains = new Set<string>();
  private readonly constants = new Map<string, Value>();
  private count = 0;

  input(name: string, type: TensorType, shape: Shape): Value {
    this.inputs.push(field(11, valueInfo(name, type, shape)));
    return name;
  }

  output(name: string, type: TensorType, shape: Shape): void {
    this.outputs.push(field(12, valueInfo(name, type, shape)));
  }

  /** An initializer whose bytes stay in their file. */
  external(name: string, { type, shape, location, offset, length }: ExternalData): Value {
    const entries = Object.entries({ location, offset: String(offset), length: String(length) });
    const places = entries.map(([key, value]) => field(13, message(text(1, key), text(2, value))));
    this.initializers.push(tensor(name, type, shape, concatenate([...places, int(14, EXTERNAL)])));
    return name;
  }

  /** An initializer of few numbers; equal ones are stored once. */
  constant(type: 'float' | 'int64', shape: readonly number[], values: readonly number[]): Value {
    const key = JSON.stringify([type, shape, values]);
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.constants.size}`;
    this.constants.set(key, name);
    this.initializers.push(tensor(name, type, shape, field(9, rawData(type, values))));
    return name;
  }

  scalar(value: number): Value {
    return this.constant('float', [], [value]);
  }

  ints(...values: readonly number[]): Value {
    return this.constant('int64', [values.length], values);
  }

  /** A node with one output. */
  node(op: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    const output = this.fresh(op);
    this.nodeTo(op, inputs, [output], options);
    return output;
  }

  /** A node with given names of outputs; an empty one is not wanted. */
  nodeTo(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): void {
    this.domains.add(domain);
    const fields = [
      ...inputs.map((name) => text(1, name)),
      ...outputs.map((name) => text(2, name)),
      text(4, op),
      ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value))),
      ...(domain === '' ? [] : [text(7, domain)]),
    ];
    this.nodes.push(field(1, concatenate(fields)));
  }

  /** A name for a value that no other one has. */
  fresh(hint: string): Value {
    return `${hint}_${this.count++}`;
  }

  /** @param opset version of the standard's operators */
  model(name: string, opset: number): Uint8Array {
    const graph = concatenate([
      ...this.nodes,
      text(2, name),
      ...this.initializers,
      ...this.inputs,
      ...this.outputs,
    ]);
    const opsets = [...this.domains].map((domain) =>
      field(8, message(text(1, domain), int(2, domain === '' ? opset : 1))),
    );
    return concatenate([int(1, IR_VERSION), field(7, graph), ...opsets]);
  }
}

function valueInfo(name: string, type: TensorType, shape: Shape): Uint8Array {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? int(1, size) : text(2, size)));
  const tensorType = message(int(1, TENSOR_TYPES[type]), field(2, concatenate(dimensions)));
  return message(text(1, name), field(2, field(1, tensorType)));
}

function tensor(name: string, type: TensorType, shape: readonly number[], data: Uint8Array): Uint8Array {
  const dimensions = shape.map((size) => int(1, size));
  return field(5, concatenate([...dimensions, int(2, TENSOR_TYPES[type]), text(8, name), data]));
}

function rawData(type: 'float' | 'int64', values: readonly number[]): Uint8Array {
  const size = type === 'float' ? 4 : 8;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => {
    if (type === 'float') view.setFloat32(at * size, value, true);
    else view.setBigInt64(at * size, BigInt(value), true);
  });
  return bytes;
}

function attribute(name: string, value: Attribute): Uint8Array {
  const typed = (type: number, ...fields: readonly Uint8Array[]): Uint8Array =>
    message(text(1, name), ...fields, int(20, type));
  if (typeof value === 'number') return typed(ATTRIBUTE.int, int(3, value));
  if (typeof value === 'string') return typed(ATTRIBUTE.string, text(4, value));
  if ('float' in value) return typed(ATTRIBUTE.float, float(2, value.float));
  return typed(ATTRIBUTE.ints, ...value.map((each) => int(8, each)));
}
