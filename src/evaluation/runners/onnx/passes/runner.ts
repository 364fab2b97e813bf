import type { AdapterModule } from '../../../../core/adapter/types';
import { mainDirections } from '../../../../core/algebra/mainDirections';
import { badRequest } from '../../../../core/errors';
import { say } from '../../../../core/message';
import { PASS_DIRECTIONS, PASS_TENSORS, type PassKind } from '../../../../core/passes';
import type { OpenedAdapter } from '../../../../io/openAdapter';
import type { PassTensor } from '../../../../io/passFiles';
import type { Chat } from '../../../chat/chat';
import type { LayerPass, PassOptions, PassPrompt, PassRunner } from '../../passes';
import { factorsOf, modulesByLinear, type Factors } from '../adapters';
import { sitesOf, type Decoder, type Layer, type Site } from '../decoder';
import { refuseTooLarge } from '../estimate';
import { GRADIENT_TOKENS_MAX } from '../gradient/memory';
import { openModel, type KnownModel } from '../model';
import { Tokens } from '../tokens';
import { LAYER } from './graph';
import { LayerMachine, type PassRow } from './machine';

export interface OnnxPassOptions {
  /** Folder, file, or repo id in the local Hugging Face cache. */
  readonly model: string;
  /** Open; the caller closes it. */
  readonly adapter: OpenedAdapter;
  readonly chat: Chat;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
}

/**
 * Reads prompts in this process, one layer after the other.
 * @throws SploraError those of `openModel` and `factorsOf`
 */
export async function createOnnxPassRunner(options: OnnxPassOptions): Promise<PassRunner> {
  const { adapter, source } = options.adapter;
  const model = await openModel(options.model);
  const modules = modulesByLinear(adapter, model.decoder);
  return new OnnxPassRunner({
    options,
    model,
    modules,
    factors: await factorsOf(adapter, model.decoder, source),
  });
}

interface Parts {
  readonly options: OnnxPassOptions;
  readonly model: KnownModel;
  /** By the names of linear layers. */
  readonly modules: ReadonlyMap<string, AdapterModule>;
  readonly factors: Factors;
}

class OnnxPassRunner implements PassRunner {
  readonly layers: number;

  constructor(private readonly parts: Parts) {
    this.layers = parts.model.decoder.layers.length;
  }

  async record(prompts: readonly PassPrompt[], { pass, signal, onLayer }: PassOptions): Promise<number> {
    const { model, options, factors } = this.parts;
    const rows = await this.rows(prompts, { pass, signal });
    if (rows.length === 0)
      throw badRequest(
        say('The pass {0} has no prompt to read', pass),
        say('Add harmful prompts that the aligned model refuses to the split "fit".'),
      );
    const tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0);
    refuseTooLarge(model, passBytes(model.decoder, tokens, pass));
    const machine = new LayerMachine(model, options.threads, IS_ADAPTED[pass] ? factors : undefined);
    await machine.read(rows, GRADIENT_TOKENS_MAX, signal);
    for (const [index, layer] of model.decoder.layers.entries()) {
      const sites = this.wanted(layer);
      const found = await machine.layer(index, { pass, sites, signal });
      await onLayer(this.byModule(layer, found));
    }
    return tokens;
  }

  private async rows(
    prompts: readonly PassPrompt[],
    { pass, signal }: Pick<PassOptions, 'pass' | 'signal'>,
  ): Promise<PassRow[]> {
    const { options, model } = this.parts;
    const tokens = new Tokens({ chat: options.chat, decoder: model.decoder, signal });
    const rows: PassRow[] = [];
    for (const { answer: text, ...given } of prompts) {
      const asked = { key: '', ...given };
      const prompt = await tokens.prompt(asked);
      const answer = text === undefined ? [] : await tokens.answer({ ...asked, variant: '', text });
      if (text === undefined) rows.push({ ids: prompt, from: 0 });
      else if (answer !== undefined && answer.length > 0)
        rows.push({ ids: [...prompt, ...answer], from: pass === 'hessian' ? 0 : prompt.length });
    }
    return rows;
  }

  /** Sites with a module of the adapter, by their number in the layer. */
  private wanted(layer: Layer): ReadonlySet<number> {
    const { modules } = this.parts;
    const has = (site: Site): boolean => site.some(({ name }) => modules.has(name));
    return new Set(sitesOf(layer).flatMap((site, at) => (has(site) ? [at] : [])));
  }

  private byModule(layer: Layer, found: ReadonlyMap<string, Float64Array>): LayerPass {
    const tensors = new Map<string, PassTensor>();
    const put = (name: string, values: Float64Array | undefined): void => {
      if (values !== undefined) tensors.set(name, { shape: [values.length], values });
    };
    const putGram = ({ name, shape: [, n] }: AdapterModule, values: Float64Array | undefined): void => {
      if (values !== undefined) tensors.set(PASS_TENSORS.gram(name), { shape: [n, n], values, dtype: 'F32' });
    };
    const putDirections = ({ name, shape: [m] }: AdapterModule, rows: Float64Array | undefined): void => {
      if (rows === undefined) return;
      const directions = mainDirections(rows, m, PASS_DIRECTIONS);
      const values = new Float64Array(directions.length * m);
      directions.forEach((direction, k) => values.set(direction, k * m));
      tensors.set(PASS_TENSORS.directions(name), { shape: [directions.length, m], values });
    };
    sitesOf(layer).forEach((site, at) => {
      let column = 0;
      for (const [linear, { name }] of site.entries()) {
        const module = this.parts.modules.get(name);
        if (module === undefined) continue;
        put(PASS_TENSORS.inputs(module.name), found.get(LAYER.inputs(at)));
        put(PASS_TENSORS.low(module.name), found.get(LAYER.low(at))?.slice(column, column + module.rank));
        putDirections(module, found.get(LAYER.outputs(at, linear)));
        putGram(module, found.get(LAYER.gram(at)));
        column += module.rank;
      }
    });
    return tensors;
  }
}

/** Whether the model reads with the adapter. */
const IS_ADAPTED: Readonly<Record<PassKind, boolean>> = {
  activations: true,
  outputs: false,
  hessian: false,
};

const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;

/**
 * At the peak, besides what the process has: the largest layer, twice while it is loaded, what the prompts have become, and
 * what is recorded of a layer.
 */
function passBytes({ layers, hidden }: Decoder, tokens: number, pass: PassKind): number {
  const most = (of: (layer: Layer) => number): number =>
    layers.reduce((found, layer) => Math.max(found, of(layer)), 0);
  const weights = most((layer) =>
    sitesOf(layer)
      .flat()
      .reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0),
  );
  const recorded = most((layer) => recordedNumbers(pass, layer, tokens));
  return FLOAT_BYTES * (2 * weights + 2 * hidden * tokens) + (FLOAT_BYTES + DOUBLE_BYTES) * recorded;
}

function recordedNumbers(pass: PassKind, layer: Layer, tokens: number): number {
  const sites = sitesOf(layer);
  switch (pass) {
    case 'activations':
      return 0;
    case 'outputs':
      return sites.flat().reduce((sum, { outputs }) => sum + outputs * tokens, 0);
    case 'hessian':
      return sites.reduce((sum, [first]) => sum + (first?.inputs ?? 0) ** 2, 0);
  }
}
