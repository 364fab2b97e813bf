import { readElements } from '../../../src/core/safetensors/elements';
import { isArithmeticDtype } from '../../../src/core/safetensors/dtype';
import { openByteSource } from '../../../src/io/byteSource';
import { readSafetensorsHeader } from '../../../src/io/safetensorsFile';

/** Rows of numbers. */
export type Rows = readonly (readonly number[])[];
export type Tensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float64Array }
>;

export async function readTensors(file: string): Promise<Tensors> {
  const source = await openByteSource(file);
  const tensors = new Map<string, { readonly shape: readonly number[]; readonly values: Float64Array }>();
  for (const { name, shape, dtype, offset, byteLength } of (
    await readSafetensorsHeader(source)
  ).tensors.values()) {
    const bytes = new Uint8Array(byteLength);
    await source.readInto(bytes, offset);
    if (isArithmeticDtype(dtype)) tensors.set(name, { shape, values: readElements(bytes, dtype) });
  }
  await source.close();
  return tensors;
}

export interface LlamaShape {
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
}

/** What a linear layer reads, and what its `lora_A` makes of it; and what it makes. */
export type Observer = (
  linear: string,
  values: { readonly input: Rows; readonly low: Rows; readonly output: Rows },
) => void;

const THETA = 10_000;
const EPSILON = 1e-6;

/** The layers of a Llama in float64, with an adapter of scale 2 or without, as it is written in its paper: to compare with. */
export class LlamaReference {
  constructor(
    private readonly shape: LlamaShape,
    private readonly weights: Tensors,
    private readonly adapter: Tensors | undefined,
    private readonly observe: Observer,
  ) {}

  read(ids: readonly number[]): void {
    const table = this.matrix('model.embed_tokens.weight');
    let hidden: Rows = ids.map((id) => table[id] ?? []);
    for (let layer = 0; layer < this.shape.num_hidden_layers; layer++) {
      const name = `model.layers.${layer}`;
      const attended = this.attention(`${name}.self_attn`, this.norm(`${name}.input_layernorm`, hidden));
      hidden = added(hidden, attended);
      hidden = added(hidden, this.mlp(`${name}.mlp`, this.norm(`${name}.post_attention_layernorm`, hidden)));
    }
  }

  private attention(name: string, input: Rows): Rows {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, hidden_size: hidden } = this.shape;
    const size = hidden / heads;
    const [q, k, v] = ['q', 'k', 'v'].map((each) => this.linear(`${name}.${each}_proj`, input));
    const part = (rows: Rows | undefined, head: number): Rows =>
      (rows ?? []).map((row) => row.slice(head * size, (head + 1) * size));
    const byHead = Array.from({ length: heads }, (_, head) => {
      const group = Math.floor((head * kvHeads) / heads);
      const [queries, keys, values] = [rotated(part(q, head)), rotated(part(k, group)), part(v, group)];
      return queries.map((query, at) => {
        const scores = keys.slice(0, at + 1).map((key) => Math.exp(dot(query, key) / Math.sqrt(size)));
        const total = scores.reduce((sum, score) => sum + score, 0);
        return Array.from({ length: size }, (_x, i) =>
          scores.reduce((sum, score, t) => sum + (score / total) * (values[t]?.[i] ?? NaN), 0),
        );
      });
    });
    const joined = input.map((_, at) => byHead.flatMap((rows) => rows[at] ?? []));
    return this.linear(`${name}.o_proj`, joined);
  }

  private mlp(name: string, input: Rows): Rows {
    const gate = this.linear(`${name}.gate_proj`, input);
    const up = this.linear(`${name}.up_proj`, input);
    const wide = gate.map((row, t) => row.map((x, i) => (x / (1 + Math.exp(-x))) * (up[t]?.[i] ?? NaN)));
    return this.linear(`${name}.down_proj`, wide);
  }

  private linear(name: string, input: Rows): Rows {
    const plain = times(input, this.matrix(`${name}.weight`));
    if (this.adapter === undefined) {
      this.observe(name, { input, low: [], output: plain });
      return plain;
    }
    const bare = name.replace(/^model\./, '');
    const factor = (side: string): Rows =>
      matrixOf(this.adapter, `base_model.model.${bare}.lora_${side}.weight`);
    const low = times(input, factor('A'));
    const update = times(low, factor('B'));
    const output = plain.map((row, t) => row.map((value, i) => value + 2 * (update[t]?.[i] ?? NaN)));
    this.observe(name, { input, low, output });
    return output;
  }

  private norm(name: string, input: Rows): Rows {
    const [weight = []] = matrixOf(this.weights, find(this.weights, `${name}.weight`));
    return input.map((row) => {
      const scale = 1 / Math.sqrt(dot(row, row) / row.length + EPSILON);
      return row.map((value, i) => value * scale * (weight[i] ?? NaN));
    });
  }

  private matrix(name: string): Rows {
    return matrixOf(this.weights, find(this.weights, name));
  }
}

/** Files name tensors with and without a prefix. */
const find = (tensors: Tensors, name: string): string =>
  tensors.has(name) ? name : name.replace(/^model\./, '');

function matrixOf(tensors: Tensors | undefined, name: string): Rows {
  const { shape = [], values = new Float64Array() } = tensors?.get(name) ?? {};
  const columns = shape.at(-1) ?? 0;
  const rows = values.length / columns;
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
}

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);

/** `X Wᵀ`. */
const times = (x: Rows, w: Rows): Rows => x.map((row) => w.map((column) => dot(row, column)));

const added = (x: Rows, y: Rows): Rows =>
  x.map((row, t) => row.map((value, i) => value + (y[t]?.[i] ?? NaN)));

/** Pairs are half a head apart. */
function rotated(rows: Rows): Rows {
  return rows.map((row, position) => {
    const half = row.length / 2;
    return row.map((value, i) => {
      const angle = position * THETA ** (-(2 * (i % half)) / row.length);
      const other = i < half ? -(row[i + half] ?? NaN) : (row[i - half] ?? NaN);
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  });
}
