import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Adapter } from '../../../core/adapter/types';
import { failure } from '../../../core/errors';
import { planMlx } from '../../../core/export/mlx';
import { say, type Message } from '../../../core/message';
import { isRecord } from '../../../core/record';
import { ioError } from '../../../io/ioError';
import { openAdapter, type OpenedAdapter } from '../../../io/openAdapter';
import { hashSource, writeSafetensors } from '../../../io/writeSafetensors';
import type { Variant } from '../types';

export interface VariantFolder {
  readonly path: string;
  /** Of weights, config and scale. */
  readonly sha256: string;
}

const PEFT_WEIGHTS = 'adapter_model.safetensors';
const MLX_WEIGHTS = 'adapters.safetensors';
const CONFIG = 'adapter_config.json';
/** PEFT's, where the config says nothing. */
const DEFAULT_ALPHA = 8;

/** Adapter folders for servers that read them themselves: where scaled or in another form, copies that `close` removes. */
export class VariantFolders {
  #root: Promise<string> | undefined;

  /** In PEFT's form: the adapter's own folder where nothing has to be changed. */
  async peft(variant: Variant): Promise<VariantFolder> {
    return this.#opened(variant, async (opened, sha256) => {
      const { family, weightsFile, configFile, config } = opened.adapter;
      if (family !== 'peft') throw wrongForm(say('The server needs a PEFT adapter'), weightsFile);
      if (configFile === undefined)
        throw wrongForm(say('The server needs {0} beside the weights', CONFIG), weightsFile);
      if (variant.scale === 1 && basename(weightsFile) === PEFT_WEIGHTS)
        return { path: dirname(weightsFile), sha256 };
      const path = await this.#newFolder(sha256);
      await copyFile(weightsFile, join(path, PEFT_WEIGHTS));
      await writeFile(join(path, CONFIG), JSON.stringify(scaledPeft(config, variant.scale)));
      return { path, sha256 };
    });
  }

  /** In mlx-lm's form, always in a folder that no server has seen. @param model what the config names as its base */
  async mlx(variant: Variant, model: string): Promise<VariantFolder> {
    return this.#opened(variant, async (opened, sha256) => {
      const path = await this.#newFolder(sha256);
      const { adapter, source } = opened;
      if (adapter.family === 'mlx') {
        await copyFile(adapter.weightsFile, join(path, MLX_WEIGHTS));
        await writeFile(join(path, CONFIG), JSON.stringify(scaledMlx(adapter.config, variant.scale)));
      } else {
        const {
          weights,
          weightsName,
          configText = '',
        } = planMlx({ adapter: scaled(adapter, variant.scale, model) });
        await writeSafetensors(source, weights, join(path, weightsName));
        await writeFile(join(path, CONFIG), configText);
      }
      return { path, sha256 };
    });
  }

  async close(): Promise<void> {
    const root = await this.#root;
    if (root !== undefined) await rm(root, { recursive: true, force: true });
  }

  async #opened(
    variant: Variant,
    work: (opened: OpenedAdapter, sha256: string) => Promise<VariantFolder>,
  ): Promise<VariantFolder> {
    const opened = await openAdapter(variant.adapter ?? '');
    try {
      const weights = await hashSource(opened.source);
      const hash = createHash('sha256')
        .update(weights)
        .update(opened.adapter.configText ?? '');
      return await work(opened, hash.update(String(variant.scale)).digest('hex'));
    } catch (thrown) {
      throw ioError(thrown, 'Writing the adapter for the server failed: {0}', opened.adapter.weightsFile);
    } finally {
      await opened.source.close();
    }
  }

  async #newFolder(sha256: string): Promise<string> {
    this.#root ??= mkdtemp(join(tmpdir(), 'splora-endpoint-'));
    const path = join(await mkdtemp(join(await this.#root, 'v-')), sha256.slice(0, 12));
    await mkdir(path);
    return path;
  }
}

type Config = Readonly<Record<string, unknown>>;

const wrongForm = (message: Message, file: string) =>
  failure(
    'unsupported-adapter',
    message,
    file,
    say('Choose the folder that PEFT wrote, or use another server.'),
  );

/** With every update times `scale`, on this model. */
const scaled = (adapter: Adapter, scale: number, model: string): Adapter => ({
  ...adapter,
  alignedHint: model,
  modules: adapter.modules.map((module) => ({ ...module, scale: module.scale * scale })),
});

function scaledPeft(config: Config, scale: number): Config {
  const times = (alpha: unknown): unknown => (typeof alpha === 'number' ? alpha * scale : alpha);
  const pattern = isRecord(config['alpha_pattern']) ? Object.entries(config['alpha_pattern']) : [];
  return {
    ...config,
    lora_alpha: times(config['lora_alpha'] ?? DEFAULT_ALPHA),
    alpha_pattern: Object.fromEntries(pattern.map(([name, alpha]) => [name, times(alpha)])),
  };
}

function scaledMlx(config: Config, scale: number): Config {
  const given = isRecord(config['lora_parameters']) ? config['lora_parameters'] : {};
  const own = typeof given['scale'] === 'number' ? given['scale'] : MLX_SCALE;
  return { ...config, lora_parameters: { ...given, scale: own * scale } };
}

/** `LoRALinear.from_base(scale=20.0)`. */
const MLX_SCALE = 20;
