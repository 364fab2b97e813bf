import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePyRegex, pyMatch } from '../../../../src/core/adapter/pyRegex';
import {
  compilePatterns,
  firstMatch,
  matchPattern,
  pathSuffixTest,
  PATTERN_STEPS_MAX,
} from '../../../../src/core/adapter/peftNames';
import { english } from '../../../support/english';
import { say } from '../../../../src/core/message';

const MODULE = 'model.layers.10.self_attn.q_proj';

function applies(key: string, module = MODULE): boolean | string {
  const [pattern] = compilePatterns([{ key, value: 1 }]);
  assert.ok(pattern);
  const answer = matchPattern(pattern, module, { steps: PATTERN_STEPS_MAX });
  return 'problem' in answer ? english(answer.problem) : answer.matches;
}

describe('peftNames', () => {
  it('match whole path parts at the end of the name, and full names (PEFT >= 0.15)', () => {
    assert.equal(applies('q_proj'), true);
    assert.equal(applies('_proj'), false);
    assert.equal(applies('self_attn.q_proj'), true);
    assert.equal(applies(MODULE), true);
    assert.equal(applies(`x.${MODULE}`), false);
    assert.equal(applies('self_attn'), false);
  });

  it('are regular expressions', () => {
    assert.equal(applies('layers\\.\\d+\\.self_attn\\.[qk]_proj'), true);
    assert.equal(applies('layers.1.\\.self_attn.*'), true);
    assert.equal(applies('q_proj|v_proj'), true);
    assert.equal(applies('^q_proj'), false);
    assert.equal(applies('selfXattn.q_proj'), false);
    assert.equal(applies('self.attn.q_proj'), true);
  });

  it('read names that are not plain as Python does, without the machine', () => {
    assert.equal(applies('q.proj', 'a.q\u{1f600}proj'), true);
    assert.equal(applies('q_proj', 'a.q_proj\n'), true);
    const letters = fc.constantFrom('a', '.', '\n', '\u{1f600}', '\ud800', '\udc00', 'é');
    const key = fc.stringMatching(/^[a.]{1,4}$/);
    fc.assert(
      fc.property(key, fc.string({ unit: letters, maxLength: 7 }), (literal, name) => {
        const machine = pyMatch(compilePyRegex(`(.*\\.)?(${literal})$`), name, { steps: PATTERN_STEPS_MAX });
        assert.equal(applies(literal, name), machine);
      }),
      { numRuns: 1000 },
    );
  });

  it('report what cannot be evaluated', () => {
    assert.match(String(applies('(?i)q_proj')), /inline flags/);
    assert.match(String(applies('(')), /missing \)|unexpected/);
  });

  it('take the first match, in the order given', () => {
    const patterns = compilePatterns([
      { key: 'v_proj', value: 1 },
      { key: '.*_proj', value: 2 },
      { key: 'q_proj', value: 3 },
    ]);
    const budget = { steps: PATTERN_STEPS_MAX };
    assert.deepEqual(firstMatch(patterns, MODULE, budget), { kind: 'match', value: 2 });
    assert.deepEqual(firstMatch(patterns, 'x.mlp', budget), { kind: 'none' });
  });

  it('do not guess past an entry that cannot be evaluated', () => {
    const patterns = compilePatterns([
      { key: '(?<=q)', value: 1 },
      { key: 'q_proj', value: 3 },
    ]);
    const value = firstMatch(patterns, MODULE, { steps: PATTERN_STEPS_MAX });
    assert.equal(value.kind, 'unknown');
  });

  it('are no longer compiled when they are too large together', () => {
    const many = compilePatterns(Array.from({ length: 5_000 }, (_, i) => ({ key: `a{4900}${i}`, value: 1 })));
    assert.equal(many[0]?.problem, undefined);
    assert.match(english(many.at(-1)?.problem), /too large together/);
  });

  it('share one budget, after which nothing is evaluated', () => {
    const [pattern] = compilePatterns([{ key: '(a+)+b', value: 1 }]);
    assert.ok(pattern);
    const plain = compilePatterns(Array.from({ length: 100 }, (_, i) => ({ key: `z${i}`, value: 1 })));
    assert.equal(firstMatch(plain, MODULE, { steps: 20 }).kind, 'unknown');
    const budget = { steps: 1000 };
    assert.deepEqual(matchPattern(pattern, 'a'.repeat(100_000), budget), {
      problem: say('too costly to evaluate'),
    });
    assert.deepEqual(matchPattern(pattern, 'ab', budget), { problem: say('too costly to evaluate') });
  });

  it('finds names that end in a path, as a search from dot to dot does', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 6 });
    fc.assert(
      fc.property(name, fc.array(name), (asked, paths) => {
        const ends = asked.split('.').map((_, at, parts) => parts.slice(at).join('.'));
        const expected = ends.some((end) => end !== '' && paths.includes(end));
        assert.equal(pathSuffixTest(paths)(asked), expected);
      }),
    );
    assert.equal(pathSuffixTest(['b'.repeat(400_000)])('a.'.repeat(400_000)), false);
  });
});
