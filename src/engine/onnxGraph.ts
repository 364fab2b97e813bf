/**
 * The two dense products of E-DIEM, as ONNX models built in code: an ONNX file is a protobuf message, and these need only
 * a few of its fields (onnx.proto, IR version 8, opset 13). Shapes are dynamic, so that one session serves every module.
 */
export type Product =
  /** `Y = X W`: (p x q) (q x r). */
  | 'multiply'
  /** `Y = Xᵀ W`: (q x p)ᵀ (q x r). */
  | 'transposedMultiply';

export const GRAPH_INPUTS = ['X', 'W'] as const;
export const GRAPH_OUTPUT = 'Y';

const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** The serialized model of one product. */
export function productModel(product: Product): Uint8Array {
  const node = message(
    ...GRAPH_INPUTS.map((name) => text(1, name)),
    text(2, GRAPH_OUTPUT),
    text(4, 'Gemm'),
    ...(product === 'transposedMultiply'
      ? [field(5, message(text(1, 'transA'), int(3, 1), int(20, ATTRIBUTE_INT)))]
      : []),
  );
  const graph = message(
    field(1, node),
    text(2, product),
    ...GRAPH_INPUTS.map((name) => field(11, matrix(name))),
    field(12, matrix(GRAPH_OUTPUT)),
  );
  const opset = message(text(1, ''), int(2, 13));
  return message(int(1, 8), field(7, graph), field(8, opset));
}

/** ValueInfoProto of a float matrix with dynamic sizes. */
function matrix(name: string): Uint8Array {
  const dimensions = ['rows', 'columns'].map((axis) => field(1, message(text(2, `${name}_${axis}`))));
  const tensorType = message(int(1, FLOAT), field(2, message(...dimensions)));
  return message(text(1, name), field(2, message(field(1, tensorType))));
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return message(varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes);
}

function text(number: number, value: string): Uint8Array {
  return field(number, Buffer.from(value, 'utf8'));
}

function int(number: number, value: number): Uint8Array {
  return message(varint((number << 3) | VARINT), varint(value));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
