/**
 * What a decoder-only language model computes, apart from its weights: what a family's entry makes of config.json, and
 * what a graph is built of. Names of modules and tensors are without the wrapper prefixes that differ between files
 * (`bareName`): `layers.0.self_attn.q_proj`.
 */

/** `y = x Wᵀ (+ b)`; the weight is `<name>.weight`, the bias `<name>.bias`. */
export interface Linear {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  /** Stored in x out, as GPT-2's Conv1D. */
  readonly conv1d?: boolean;
}

/** As it is stored. */
export function weightShape({ inputs, outputs, conv1d = false }: Linear): readonly [number, number] {
  return conv1d ? [inputs, outputs] : [outputs, inputs];
}

export interface Norm {
  readonly kind: 'rms' | 'layer';
  /** The weight is `<name>.weight`; a layer norm's bias `<name>.bias`. */
  readonly name: string;
  readonly size: number;
  readonly epsilon: number;
  /** The weight is stored minus one (Gemma). */
  readonly plusOne?: boolean;
}

export interface Attention {
  readonly projections:
    | { readonly kind: 'separate'; readonly q: Linear; readonly k: Linear; readonly v: Linear }
    /** `blocks`: all of q, then k, then v; `heads`: q, k, v of the first head, then of the next. */
    | { readonly kind: 'fused'; readonly qkv: Linear; readonly order: 'blocks' | 'heads' };
  readonly output: Linear;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** What scores are multiplied by. */
  readonly scale: number;
  readonly softcap?: number;
  /** Keys that a query sees, itself among them. */
  readonly window?: number;
  /** Key of `Decoder.ropes`; absent: no rotation. */
  readonly rope?: string;
  /** Norms of q and k, before the rotation: of each head, or of all heads at once. */
  readonly qNorm?: Norm;
  readonly kNorm?: Norm;
}

export const ACTIVATIONS = ['silu', 'gelu', 'geluTanh', 'relu'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export type Mlp = { readonly activation: Activation; readonly down: Linear } & (
  | { readonly kind: 'gated'; readonly gate: Linear; readonly up: Linear }
  /** One layer whose outputs are the gate's, then those of `up`. */
  | { readonly kind: 'fused'; readonly gateUp: Linear }
  | { readonly kind: 'plain'; readonly up: Linear }
);

export interface Layer {
  readonly attention: Attention;
  readonly mlp: Mlp;
  readonly beforeAttention?: Norm;
  readonly afterAttention?: Norm;
  readonly beforeMlp?: Norm;
  readonly afterMlp?: Norm;
  /** Both read the layer's input, and both are added to it (GPT-NeoX). */
  readonly parallel?: boolean;
}

/** Rotary position embedding: tables of cosines and sines, a row for each position. */
export interface Rope {
  /** Rotated dimensions of each head, from the first on. */
  readonly size: number;
  /** Radians per position, one for each pair of dimensions. */
  readonly frequencies: Float32Array;
  /** What cosines and sines are multiplied by. */
  readonly factor: number;
}

export interface Decoder {
  /** As a user knows it, e.g. `Llama`. */
  readonly family: string;
  readonly hidden: number;
  readonly vocabulary: number;
  /** Positions that the model knows, or from which on it would compute otherwise. */
  readonly context: number;
  readonly embedding: { readonly name: string; readonly scale: number };
  /** Learned positions, added to the embedding; the tensor is `<name>.weight`. */
  readonly positions?: string;
  readonly ropes: ReadonlyMap<string, Rope>;
  readonly layers: readonly Layer[];
  /** What the outputs of attention and MLP are multiplied by before they are added. */
  readonly residualScale: number;
  readonly finalNorm: Norm;
  readonly head: {
    /** The tensor `<name>.weight`; that of the embedding where it is tied. */
    readonly name: string;
    readonly bias: boolean;
    readonly scale: number;
    readonly softcap?: number;
  };
}

/** Linear layers that read the same input. */
export type Site = readonly Linear[];

/** The linear layers of a layer, grouped by what they read; always in this order. */
export function sitesOf({ attention, mlp }: Layer): Site[] {
  const { projections } = attention;
  return [
    projections.kind === 'fused' ? [projections.qkv] : [projections.q, projections.k, projections.v],
    [attention.output],
    mlp.kind === 'gated' ? [mlp.gate, mlp.up] : [mlp.kind === 'fused' ? mlp.gateUp : mlp.up],
    [mlp.down],
  ];
}

/** Sites of all layers. */
export function allSites({ layers }: Pick<Decoder, 'layers'>): Site[] {
  return layers.flatMap(sitesOf);
}

/** Parameters that products are made with: all but the table that tokens are looked up in. */
export function computedParameters(decoder: Decoder): number {
  const { hidden, vocabulary } = decoder;
  const linears = allSites(decoder).flat();
  return linears.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, vocabulary * hidden);
}
