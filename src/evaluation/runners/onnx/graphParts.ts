import { GraphBuilder, type ExternalData, type Value } from '../../../core/onnx/graph';
import { weightShape, type Activation, type Decoder, type Linear, type Norm } from './decoder';
import { piecesOf } from './weightPieces';

/** Opset 20 is the first with `Gelu`. */
export const OPSET = 21;
export const MICROSOFT = 'com.microsoft';

/** Where the weight of a name lies. Throws where there is none, or one of another shape. */
export type FindWeight = (name: string, shape: readonly number[]) => ExternalData;

/** What the graphs of a decoder have in common: weights by reference, embedding, activations. */
export class GraphParts {
  readonly graph = new GraphBuilder();
  private readonly made = new Map<string, Value>();

  constructor(
    readonly decoder: Decoder,
    private readonly find: FindWeight,
  ) {}

  /** [..., hidden] for ids and positions of any shape. */
  embed(ids: Value, places: Value): Value {
    const { graph, decoder } = this;
    const { embedding, vocabulary, hidden, positions, context } = decoder;
    const table = this.stored(`${embedding.name}.weight`, [vocabulary, hidden]);
    const rows = this.toFloat(graph.node('Gather', [table, ids]));
    const scaled = embedding.scale === 1 ? rows : graph.node('Mul', [rows, graph.scalar(embedding.scale)]);
    if (positions === undefined) return scaled;
    const learned = this.stored(`${positions}.weight`, [context, hidden]);
    return graph.node('Add', [scaled, this.toFloat(graph.node('Gather', [learned, places]))]);
  }

  softcapped(value: Value, softcap: number): Value {
    const { graph } = this;
    const cap = graph.scalar(softcap);
    return graph.node('Mul', [graph.node('Tanh', [graph.node('Div', [value, cap])]), cap]);
  }

  activated(activation: Activation, value: Value): Value {
    const { graph } = this;
    switch (activation) {
      case 'silu':
        // x sigmoid(alpha x), in one pass.
        return graph.node('QuickGelu', [value], { domain: MICROSOFT, attributes: { alpha: { float: 1 } } });
      case 'gelu':
        return graph.node('Gelu', [value], { attributes: { approximate: 'none' } });
      case 'geluTanh':
        return graph.node('Gelu', [value], { attributes: { approximate: 'tanh' } });
      case 'relu':
        return graph.node('Relu', [value]);
    }
  }

  normWeight({ name, size, plusOne }: Norm): Value {
    const stored = this.weight(`${name}.weight`, [size]);
    return plusOne === true ? this.graph.node('Add', [stored, this.graph.scalar(1)]) : stored;
  }

  /** [outputs, inputs], or [inputs, outputs] where it is stored so. */
  linearWeight(linear: Linear): Value {
    return this.weight(`${linear.name}.weight`, weightShape(linear));
  }

  /**
   * `scale x Wᵀ`, for a weight stored as [outputs, inputs]. What is not float32 in its file stays so in memory, and each
   * step converts it piece by piece: see `SessionOptions.isGradient`.
   */
  product(x: Value, name: string, shape: readonly [number, number], scale = 1): Value {
    const { graph } = this;
    const place = this.find(name, shape);
    const weights =
      place.type === 'float'
        ? [this.stored(name, shape)]
        : piecesOf(place, this.decoder).map((piece) =>
            this.toFloat(graph.external(`${name} ${piece.offset}`, piece)),
          );
    const attributes = { transB: 1, alpha: { float: scale } };
    const products = weights.map((weight) =>
      graph.node('FusedMatMul', [x, weight], { domain: MICROSOFT, attributes }),
    );
    return products.length === 1
      ? (products[0] ?? x)
      : graph.node('Concat', products, { attributes: { axis: -1 } });
  }

  /** [vocabulary, hidden]. */
  headWeight(): Value {
    const { head, vocabulary, hidden } = this.decoder;
    return this.weight(`${head.name}.weight`, [vocabulary, hidden]);
  }

  /** The weight as float32: ONNX Runtime converts others once, when it loads them, or in each run (`isGradient`). */
  weight(name: string, shape: readonly number[]): Value {
    return this.once(`float ${name}`, () =>
      this.toFloat(this.stored(name, shape), this.find(name, shape).type),
    );
  }

  /** The weight in the type of its file. */
  stored(name: string, shape: readonly number[]): Value {
    return this.once(`stored ${name}`, () => this.graph.external(name, this.find(name, shape)));
  }

  toFloat(value: Value, type = 'other'): Value {
    return type === 'float' ? value : this.graph.node('Cast', [value], { attributes: { to: 1 } });
  }

  once(key: string, make: () => Value): Value {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.made.set(key, made);
    return made;
  }
}
