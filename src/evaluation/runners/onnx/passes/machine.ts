import { checkCancelled } from '../../../../io/ioError';
import { noFactors, type Factors } from '../adapters';
import { sitesOf, type Decoder } from '../decoder';
import { factorFeeds, tokenFeeds } from '../gradient/machine';
import { Layout } from '../gradient/layout';
import { Sequence } from '../gradient/sequence';
import { INPUT } from '../graph';
import type { KnownModel } from '../model';
import type { OrtSession, Tensor } from '../ort';
import { breathe } from '../pace';
import { RopeFeeds } from '../ropeFeeds';
import { openSession } from '../session';
import { embeddingModel, LAYER, layerModel, type LayerOptions, type LayerOutput } from './graph';

/** Rows that are read together, and what the layers have made of them so far. */
interface PassBatch {
  readonly layout: Layout;
  readonly rows: number;
  /** Of each token in the layout: whether it counts. */
  readonly counted: Float32Array;
  hidden: Float32Array;
}

/** Token ids of a prompt; those from `from` on count. */
export interface PassRow {
  readonly ids: readonly number[];
  readonly from: number;
}

export interface LayerRun extends Pick<LayerOptions, 'pass' | 'sites'> {
  readonly signal: AbortSignal;
}

/** Runs a model layer by layer: one layer's weights are in memory, and what all prompts have become. */
export class LayerMachine {
  private batches: readonly PassBatch[] = [];

  constructor(
    private readonly model: KnownModel,
    private readonly threads: number,
    private readonly factors: Factors = noFactors(model.decoder),
  ) {}

  /** Looks up the tokens. @param tokens of a batch, at most */
  async read(rows: readonly PassRow[], tokens: number, signal: AbortSignal): Promise<void> {
    const { model, threads } = this;
    const { decoder, places } = model;
    const session = await openSession(embeddingModel(decoder, places.find), model, {
      threads,
      isGradient: true,
    });
    try {
      const batches: PassBatch[] = [];
      for (const group of grouped(rows, tokens)) {
        checkCancelled(signal);
        batches.push(await embedded(session, group));
        await breathe();
      }
      this.batches = batches;
    } finally {
      await session.release();
    }
  }

  /** Goes on through the next layer. @returns over all batches, by the names of the outputs */
  async layer(index: number, { pass, sites, signal }: LayerRun): Promise<ReadonlyMap<string, Float64Array>> {
    const { model, threads, factors } = this;
    const decoder = { ...model.decoder, layers: model.decoder.layers.slice(index, index + 1) };
    const first = model.decoder.layers.slice(0, index).reduce((sum, layer) => sum + sitesOf(layer).length, 0);
    const own = {
      ...factors,
      sites: factors.sites.slice(first, first + decoder.layers.flatMap(sitesOf).length),
    };
    const ranks = own.sites.map((site) => site.ranks);
    const { model: graph, outputs } = layerModel(decoder, model.places.find, { pass, sites, ranks });
    const session = await openSession(graph, model, { threads, isGradient: true });
    try {
      return await this.run(session, decoder, { own, outputs, signal });
    } finally {
      await session.release();
    }
  }

  private async run(
    session: OrtSession,
    decoder: Decoder,
    {
      own,
      outputs,
      signal,
    }: { readonly own: Factors; readonly outputs: readonly LayerOutput[]; readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const found = new Map<string, Float64Array>();
    const taken = new Map<string, Float32Array[]>();
    const constant = { ...factorFeeds(session, decoder, own), ...gateFeeds(session, own) };
    const ropes = new RopeFeeds(session, decoder.ropes);
    const windows = new Set(decoder.layers.map(({ attention }) => attention.window));
    for (const batch of this.batches) {
      checkCancelled(signal);
      const { layout, rows, counted, hidden } = batch;
      const feeds = {
        ...constant,
        ...tokenFeeds(session, layout, { rows, windows }),
        ...ropes.upTo(layout.length),
        [LAYER.input]: session.tensor({ data: hidden, shape: [layout.length, decoder.hidden] }),
        [LAYER.counted]: session.tensor({ data: counted, shape: [layout.length, 1] }),
      };
      const names = [LAYER.output, ...outputs.map(({ name }) => name)];
      const read = await session.run(feeds, Object.fromEntries(names.map((name) => [name, null])));
      batch.hidden = floats(read(LAYER.output));
      for (const { name, isRows } of outputs) {
        const values = floats(read(name));
        if (!isRows) addTo(found, name, values);
        else taken.set(name, [...(taken.get(name) ?? []), rowsThat(counted, values)]);
      }
      await breathe();
    }
    for (const [name, parts] of taken) found.set(name, joined(parts));
    return found;
  }
}

function addTo(sums: Map<string, Float64Array>, name: string, values: Float32Array): void {
  const sum = sums.get(name) ?? new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) sum[at] = (sum[at] ?? 0) + (values[at] ?? 0);
  sums.set(name, sum);
}

/** Rows of the tokens that count. */
function rowsThat(counted: Float32Array, values: Float32Array): Float32Array {
  const width = values.length / counted.length;
  const rows = new Float32Array(width * counted.reduce((sum, one) => sum + one, 0));
  let at = 0;
  counted.forEach((one, token) => {
    if (one === 0) return;
    rows.set(values.subarray(token * width, (token + 1) * width), at);
    at += width;
  });
  return rows;
}

function joined(parts: readonly Float32Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function floats(data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new Error('ONNX Runtime returned numbers of another type.');
}

/** The adapter as it is. */
function gateFeeds(session: OrtSession, { sites }: Factors): Readonly<Record<string, Tensor>> {
  const width = sites.flatMap(({ ranks }) => ranks).reduce((sum, rank) => sum + rank, 0);
  const data = new Float32Array(width).fill(1);
  return width === 0 ? {} : { [INPUT.gates]: session.tensor({ data, shape: [width] }) };
}

/** Neighbors in length, so that little is padded. */
function grouped(rows: readonly PassRow[], tokens: number): readonly (readonly PassRow[])[] {
  const groups: PassRow[][] = [];
  for (const row of [...rows].sort((one, other) => other.ids.length - one.ids.length)) {
    const last = groups.at(-1);
    const width = last?.[0]?.ids.length ?? 0;
    if (last !== undefined && (last.length + 1) * width <= tokens) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

async function embedded(session: OrtSession, rows: readonly PassRow[]): Promise<PassBatch> {
  const sequences = rows.map(({ ids }) => {
    const sequence = new Sequence();
    sequence.add(ids, []);
    return sequence;
  });
  const layout = new Layout(sequences, 0);
  const counted = new Float32Array(layout.length);
  rows.forEach(({ ids, from }, row) => {
    const sequence = sequences[row];
    if (sequence === undefined) return;
    for (let place = from; place < ids.length; place++) counted[layout.token(sequence, place)] = 1;
  });
  const { ids, positions } = layout.tokens();
  const shape = [1, layout.length];
  const feeds = {
    [INPUT.ids]: session.tensor({ data: ids, shape }),
    [INPUT.positions]: session.tensor({ data: positions, shape }),
  };
  const read = await session.run(feeds, { [LAYER.output]: null });
  return { layout, rows: rows.length, counted, hidden: floats(read(LAYER.output)) };
}
