import assert from 'node:assert/strict';
import { failed, finished } from '../../../../src/core/check/verdict';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { say } from '../../../../src/core/message';

const { modules } = adapterOf([...peftPair('a.q'), ...peftPair('a.v')], {});

describe('verdict', () => {
  it('counts what attaches, and gives nothing away where the loader fails', () => {
    assert.deepEqual(finished('peft', modules, [{ module: 'a.q', reason: say('x') }], []).attached, ['a.v']);
    assert.equal(finished('peft', modules, [], [{ severity: 'note', message: say('x') }]).verdict, 'loads');
    assert.equal(
      finished('peft', modules, [], [{ severity: 'silent', message: say('x') }]).verdict,
      'partly',
    );
    assert.deepEqual(finished('peft', modules, [], [{ severity: 'error', message: say('x') }]).attached, []);
    const unsure = [{ module: 'a.q', reason: say('x') }];
    const unknown = finished('peft', modules, [], [], unsure);
    assert.deepEqual([unknown.verdict, unknown.attached, unknown.unsure], ['unknown', ['a.v'], unsure]);
    const silent = [{ module: 'a.v', reason: say('y') }];
    assert.equal(finished('peft', modules, silent, [], unsure).verdict, 'partly');
    assert.equal(failed('mlx', say('x')).verdict, 'fails');
  });
});
