import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { render, say } from '../../../../../src/core/message';
import { readDecoder } from '../../../../../src/evaluation/runners/onnx/families';
import { ConfigReader } from '../../../../../src/evaluation/runners/onnx/families/config';
import { readFactors } from '../../../../../src/evaluation/runners/onnx/adapters';
import { peftPair, Q, writeAdapter } from '../../../../support/adapterFixture';
import { rejection } from '../../../../support/rejection';
import { itInFolder } from '../../../../support/temporaryFolder';
import { LLAMA } from './configs';

const decoder = readDecoder(new ConfigReader('/model/config.json', LLAMA), true);
const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 1e9, target_modules: ['q_proj'] };

/** An adapter with one number of its own in one factor. */
async function written(folder: string, factor: 'lora_A' | 'lora_B', value: number): Promise<string> {
  const tensors = peftPair(Q, LLAMA.hidden_size, LLAMA.hidden_size).map((tensor) => {
    const values = new Float32Array(2 * LLAMA.hidden_size).fill(1);
    if (tensor.name.includes(factor)) values[7] = value;
    return { ...tensor, data: new Uint8Array(values.buffer) };
  });
  await writeAdapter(folder, tensors, CONFIG);
  return folder;
}

describe('the factors of an adapter', () => {
  itInFolder('are read with their scale', async (folder) => {
    const { sites, rank } = await readFactors(await written(folder, 'lora_B', 1), decoder);
    assert.deepEqual([rank, sites[0]?.a[0], sites[0]?.b[0]?.[0]], [2, 1, 5e8]);
  });

  for (const [factor, value] of [
    ['lora_A', NaN],
    ['lora_B', -Infinity],
    ['lora_A', 1e30],
    // Overflows with its scale only.
    ['lora_B', 1e15],
  ] as const) {
    itInFolder(`are refused with ${value} in ${factor}`, async (folder) => {
      const data = await rejection(
        readFactors(await written(folder, factor, value), decoder),
        'unsupported-adapter',
        /contains NaN, infinity, or numbers too large/,
      );
      assert.ok(data.tensor?.includes(factor));
      assert.match(data.file ?? '', /adapter_model.safetensors$/);
    });
  }

  itInFolder('come with doubts about their scale: no config, or another rank in it', async (folder) => {
    const adapter = await written(folder, 'lora_B', 1);
    assert.deepEqual((await readFactors(adapter, decoder)).notes, []);
    await writeFile(path.join(folder, 'adapter_config.json'), JSON.stringify({ ...CONFIG, r: 99 }));
    const [other] = (await readFactors(adapter, decoder)).notes;
    assert.match(
      render(other ?? say('')),
      /adapter_model.*The rank in the config differs from the weights of/,
    );
    await rm(path.join(folder, 'adapter_config.json'));
    const [none] = (await readFactors(adapter, decoder)).notes;
    assert.match(render(none ?? say('')), /adapter_model.*There is no adapter_config.json/);
  });

  itInFolder('are refused where the model has fewer blocks', async (folder) => {
    const beyond = Q.replace('.0.', `.${LLAMA.num_hidden_layers}.`);
    await writeAdapter(folder, peftPair(beyond, LLAMA.hidden_size, LLAMA.hidden_size), CONFIG);
    await rejection(readFactors(folder, decoder), 'wrong-models', /in a block that the model does not have/);
  });
});
