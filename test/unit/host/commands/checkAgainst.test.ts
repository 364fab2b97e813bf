import assert from 'node:assert/strict';
import { SploraError, type ErrorCode } from '../../../../src/core/errors';
import { checkAgainst } from '../../../../src/host/commands/checkAgainst';
import type { CheckResult } from '../../../../src/protocol/engineApi';
import { say } from '../../../../src/core/message';
import { english } from '../../../support/english';

/** Checks an adapter; a model that is called `broken` fails. @returns the models that were asked for, in order */
async function modelsAsked(
  clues: { readonly chosen?: string; readonly named?: string },
  code: ErrorCode = 'unsupported-checkpoint',
): Promise<(string | null)[]> {
  const asked: (string | null)[] = [];
  const check = ({ adapter, model }: { adapter: string; model?: string }): Promise<CheckResult> => {
    asked.push(model ?? null);
    if (model === 'broken') return Promise.reject(new SploraError({ code, message: say('broken') }));
    return Promise.resolve({ adapter, model: model ?? null, modules: 0, loaders: [] });
  };
  const sources = {
    chosen: () => Promise.resolve(clues.chosen),
    named: () => Promise.resolve(clues.named),
  };
  await checkAgainst('a', sources, {
    check,
    onUnusable: ({ message }) => asked.push(`told: ${english(message)}`),
  });
  return asked;
}

describe('the model of a load check', () => {
  it('is the chosen one, else the one that the config names, else none', async () => {
    assert.deepEqual(await modelsAsked({ chosen: 'x', named: 'y' }), ['x']);
    assert.deepEqual(await modelsAsked({ named: 'y' }), ['y']);
    assert.deepEqual(await modelsAsked({}), [null]);
  });

  it('is none where the config names something that is no model', async () => {
    assert.deepEqual(await modelsAsked({ named: 'broken' }), ['broken', 'told: broken', null]);
  });

  it('is not changed where somebody chose one that is broken, or cancelled', async () => {
    await assert.rejects(modelsAsked({ chosen: 'broken' }), {
      data: { code: 'unsupported-checkpoint', message: { text: 'broken' } },
    });
    await assert.rejects(modelsAsked({ named: 'broken' }, 'cancelled'), {
      data: { code: 'cancelled', message: { text: 'broken' } },
    });
  });
});
