import assert from 'node:assert/strict';
import { planMlx } from '../../../../src/core/export/mlx';
import { openAdapter } from '../../../../src/io/openAdapter';
import { fixture, sample } from '../../../support/paths';
import { itInFolder } from '../../../support/temporaryFolder';
import { writeSafetensors } from '../../../../src/io/writeSafetensors';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { thrownData } from '../../../support/rejection';

describe('a PEFT adapter as mlx-lm loads one', () => {
  itInFolder('has A and B transposed, element by element', async (folder) => {
    const { adapter, source } = await openAdapter(sample('adapter-mixed'));
    const { weights, weightsName, configText = '' } = planMlx({ adapter });
    await writeSafetensors(source, weights, join(folder, weightsName));
    await writeFile(join(folder, 'adapter_config.json'), configText);
    const { adapter: mlx, source: written } = await openAdapter(folder);
    assert.equal(mlx.family, 'mlx');
    assert.deepEqual(
      mlx.modules.map(({ name, shape, rank, scale }) => [name, shape, rank, scale]),
      adapter.modules.map(({ name, shape, rank, scale }) => [name, shape, rank, scale]),
    );
    for (const [index, { a, b }] of adapter.modules.entries()) {
      for (const [from, to] of [
        [a, mlx.modules[index]?.a],
        [b, mlx.modules[index]?.b],
      ] as const) {
        assert.ok(to);
        const [before, after] = [new Uint8Array(from.byteLength), new Uint8Array(to.byteLength)];
        await source.readInto(before, from.offset);
        await written.readInto(after, to.offset);
        assert.deepEqual(transposedFloats(before, from.shape), [...after]);
      }
    }
    await source.close();
    await written.close();
  });

  it('has one rank and one scale for all modules', async () => {
    const { adapter, source } = await openAdapter(fixture('families', 'rank-pattern', 'adapter'));
    await source.close();
    const { configText = '' } = planMlx({ adapter });
    const config = JSON.parse(configText) as { lora_parameters: { rank: number; keys: string[] } };
    const ranks = adapter.modules.map(({ rank }) => rank);
    assert.ok(new Set(ranks).size > 1);
    assert.equal(config.lora_parameters.rank, Math.max(...ranks));
    assert.deepEqual(
      config.lora_parameters.keys,
      adapter.modules.map(({ name }) => name),
    );
  });

  it('is refused where mlx-lm has no place for a part of it', async () => {
    const { adapter, source } = await openAdapter(sample('adapter-mixed'));
    await source.close();
    const [module] = adapter.modules;
    assert.ok(module);
    const replacement = { name: 'lm_head.weight', tensor: module.a };
    const whole = { ...adapter, replacements: [replacement] };
    thrownData(() => planMlx({ adapter: whole }), 'unsupported-adapter', /cannot be written for mlx-lm/);
    const embedding = { ...adapter, modules: [{ ...module, name: 'model.embed_tokens' }] };
    thrownData(() => planMlx({ adapter: embedding }), 'unsupported-adapter', /it is an embedding/);
  });
});

/** The bytes of a transposed matrix; elements are as large as the bytes divided by the shape say. */
function transposedFloats(bytes: Uint8Array, shape: readonly number[]): number[] {
  const [rows = 0, columns = 0] = shape;
  const size = bytes.length / (rows * columns);
  const out: number[] = [];
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++)
      for (let byte = 0; byte < size; byte++) out.push(bytes[(row * columns + column) * size + byte] ?? -1);
  return out;
}
