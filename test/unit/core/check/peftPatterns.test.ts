import assert from 'node:assert/strict';
import { patternFindings } from '../../../../src/core/check/peftPatterns';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { english } from '../../../support/english';

const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';

/** The versions and messages of the findings for an adapter with rank 2 throughout. */
function findings(config: object): [string, string][] {
  const text = JSON.stringify({ r: 2, lora_alpha: 4, ...config });
  const adapter = adapterOf([...peftPair(Q), ...peftPair(V)], text);
  return patternFindings({ adapter, configText: text }, text).map(({ versions, message }) => [
    english(versions),
    english(message),
  ]);
}
const versions = (config: object): string[] => findings(config).map(([version]) => version);

describe('patternFindings', () => {
  it('is silent about keys that every version takes alike, full names among them', () => {
    assert.deepEqual(findings({}), []);
    assert.deepEqual(findings({ alpha_pattern: { q_proj: 3 } }), []);
    assert.deepEqual(findings({ alpha_pattern: { [Q]: 3, [V]: 5 } }), []);
    assert.deepEqual(findings({ alpha_pattern: { v_proj: 3, [V]: 5 } }), []);
  });

  it('says which modules get other values before 0.15: an ending before a full name, and "^"', () => {
    const [first] = findings({ alpha_pattern: { [V]: 5, v_proj: 3 } });
    assert.match(
      first?.join() ?? '',
      /^before 0\.15,PEFT before 0\.15 lets .*v_proj" would get another rank/,
    );
    assert.deepEqual(versions({ alpha_pattern: { '^model.layers.0.*': 5 } }), ['before 0.15']);
    assert.deepEqual(versions({ alpha_pattern: { '(.*q_proj)': 5 } }), []);
  });

  it('says which get other values before 0.14, where one key served for both patterns', () => {
    assert.deepEqual(
      versions({ rank_pattern: { self_attn: 9, '.*proj': 2 }, alpha_pattern: { q_proj: 3 } }),
      ['before 0.14'],
    );
  });

  it('finds ranks that the weights do not have', () => {
    assert.match(
      findings({ rank_pattern: { v_proj: 4 } })[0]?.join() ?? '',
      /^,.*another rank than.*v_proj": PEFT/,
    );
  });

  it('says nothing of versions where a pattern cannot be evaluated', () => {
    assert.deepEqual(findings({ alpha_pattern: { '(?<=x)q_proj': 3, [V]: 5, v_proj: 3 } }), []);
    assert.deepEqual(findings({ alpha_pattern: { '((){99999}){99999}': 3 } }), []);
  });
});
