import type { AdapterModule } from '../../../../core/adapter/types';
import { PASS_TENSORS } from '../../../../core/passes';
import type { OpenedAdapter } from '../../../../io/openAdapter';
import type { Chat } from '../../../chat/chat';
import type { LayerPass, PassOptions, PassPrompt, PassRunner } from '../../passes';
import { factorsOf, modulesByLinear, type Factors } from '../adapters';
import { sitesOf, weightShape, type Decoder, type Layer, type Site } from '../decoder';
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
    const rows = await this.rows(prompts, signal);
    const tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0);
    refuseTooLarge(model, passBytes(model.decoder, tokens));
    const machine = new LayerMachine(model, options.threads, factors);
    await machine.read(rows, GRADIENT_TOKENS_MAX, signal);
    for (const [index, layer] of model.decoder.layers.entries()) {
      const sites = this.wanted(layer);
      const sums = await machine.layer(index, { pass, sites, signal });
      await onLayer(this.byModule(layer, sums));
    }
    return tokens;
  }

  private async rows(prompts: readonly PassPrompt[], signal: AbortSignal): Promise<PassRow[]> {
    const { options, model } = this.parts;
    const tokens = new Tokens({ chat: options.chat, decoder: model.decoder, signal });
    const rows: PassRow[] = [];
    for (const { messages, label } of prompts)
      rows.push({ ids: await tokens.prompt({ key: '', messages, label }), from: 0 });
    return rows;
  }

  /** Sites with a module of the adapter, by their number in the layer. */
  private wanted(layer: Layer): ReadonlySet<number> {
    const { modules } = this.parts;
    const has = (site: Site): boolean => site.some(({ name }) => modules.has(name));
    return new Set(sitesOf(layer).flatMap((site, at) => (has(site) ? [at] : [])));
  }

  private byModule(layer: Layer, sums: ReadonlyMap<string, Float64Array>): LayerPass {
    const tensors = new Map<string, { readonly shape: readonly number[]; readonly values: Float64Array }>();
    const put = (name: string, values: Float64Array | undefined): void => {
      if (values !== undefined) tensors.set(name, { shape: [values.length], values });
    };
    sitesOf(layer).forEach((site, at) => {
      let column = 0;
      for (const { name } of site) {
        const module = this.parts.modules.get(name);
        if (module === undefined) continue;
        put(PASS_TENSORS.inputs(module.name), sums.get(LAYER.inputs(at)));
        put(PASS_TENSORS.low(module.name), sums.get(LAYER.low(at))?.slice(column, column + module.rank));
        column += module.rank;
      }
    });
    return tensors;
  }
}

const FLOAT_BYTES = 4;

/** At the peak, besides what the process has: the largest layer, twice while it is loaded, and what the prompts have become. */
function passBytes({ layers, hidden }: Decoder, tokens: number): number {
  const largest = layers.reduce((most, layer) => {
    const linears = sitesOf(layer).flat().map(weightShape);
    return Math.max(
      most,
      linears.reduce((sum, [rows, columns]) => sum + rows * columns, 0),
    );
  }, 0);
  return FLOAT_BYTES * (2 * largest + 2 * hidden * tokens);
}
