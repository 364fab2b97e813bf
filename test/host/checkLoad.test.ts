import assert from 'node:assert/strict';
import { SploraError, type ErrorCode } from '../../src/core/errors';
import { say } from '../../src/core/message';
import { askLoadCheck } from '../../src/host/commands/checkLoad';
import type { Services } from '../../src/host/services';

/** Checks an adapter; a model that is called `broken` fails. @returns the models that were asked for, in order */
async function modelsAsked(
  known: { readonly aligned?: string; readonly named?: string },
  code: ErrorCode = 'unsupported-checkpoint',
): Promise<(string | null)[]> {
  const asked: (string | null)[] = [];
  const services = {
    store: { get: () => undefined },
    chooser: () =>
      Promise.resolve({
        known: () => Promise.resolve({ aligned: known.aligned, hint: { path: known.named } }),
      }),
    log: { warn: (text: string) => asked.push(text) },
    engine: {
      call: (_method: 'check', { model }: { model?: string }) => {
        asked.push(model ?? null);
        return model === 'broken'
          ? Promise.reject(new SploraError({ code, message: say('broken') }))
          : Promise.resolve(null);
      },
    },
  };
  await askLoadCheck(services as unknown as Services, 'a');
  return asked;
}

describe('The model of a load check', () => {
  it('is the chosen one, else the one that the config names, else none', async () => {
    assert.deepEqual(await modelsAsked({ aligned: 'x', named: 'y' }), ['x']);
    assert.deepEqual(await modelsAsked({ named: 'y' }), ['y']);
    assert.deepEqual(await modelsAsked({}), [null]);
  });

  it('is undefined if the config names something that is no model', async () => {
    const [first, warning, ...others] = await modelsAsked({ named: 'broken' });
    assert.equal(first, 'broken');
    assert.match(warning ?? '', /The model that the adapter names: .*broken/);
    assert.deepEqual(others, [null]);
  });

  it('stays the same if a chosen one is broken, or the check is canceled', async () => {
    await assert.rejects(modelsAsked({ aligned: 'broken' }), {
      data: { code: 'unsupported-checkpoint', message: { text: 'broken' } },
    });
    await assert.rejects(modelsAsked({ named: 'broken' }, 'cancelled'), {
      data: { code: 'cancelled', message: { text: 'broken' } },
    });
  });
});
