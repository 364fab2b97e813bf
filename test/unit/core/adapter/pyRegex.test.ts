import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePyRegex, PATTERN_LENGTH_MAX, pyMatch } from '../../../../src/core/adapter/pyRegex';
import { PatternError, parsePyRegex } from '../../../../src/core/adapter/pyRegexParser';
import { words } from '../../../support/words';

const matches = (pattern: string, text: string): boolean =>
  pyMatch(compilePyRegex(pattern), text, { steps: 1_000_000 });

/** Patterns that Python and JavaScript read alike, built so that both accept them. */
const atom = fc.constantFrom(
  ...words`a b . \. \d \w [ab] [^a] [a-c] (a|b) (?:ab) (?:a|) (?=a) (?!b) (?=.*b) (?!a*(?=c).) \b ^ $`,
);
const quantifier = fc.constantFrom('', '', '*', '+', '?', '*?', '{2}', '{1,3}', '{0,2}?');
const pattern = fc
  .array(fc.tuple(atom, quantifier), { maxLength: 5 })
  .map((items) =>
    items.map(([a, q]) => (['\\b', '^', '$'].includes(a) || /^\(\?[=!]/.test(a) ? a : a + q)).join(''),
  );
const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '1', '_'), maxLength: 8 });

describe('pyRegex', () => {
  it("agrees with JavaScript's engine where both dialects agree", () => {
    fc.assert(
      fc.property(pattern, subject, (source, text) => {
        assert.equal(
          matches(source, text),
          new RegExp(`^(?:${source})`, 'u').test(text),
          `${source} on ${text}`,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('follows Python where the dialects differ', () => {
    assert.equal(matches('a$', 'a\n'), true);
    assert.equal(matches('a\\Z', 'a\n'), false);
    assert.equal(matches('\\Aa', 'a'), true);
    assert.equal(matches('a.b', 'a\u2028b'), true);
    assert.equal(matches('\\w', 'é'), true);
    assert.equal(matches('(?P<n>a)b', 'ab'), true);
    assert.equal(matches('[]a]b', ']b'), true);
    assert.equal(matches('a{,2}b', 'aab'), true);
  });

  it('matches the long expression that unsloth writes', () => {
    const unsloth =
      '(?:.*?(?:language|text).*?(?:self_attn|mlp).*?(?:q_proj|k_proj).*?)|(?:\\bmodel\\.layers\\.[\\d]{1,}\\.(?:self_attn|mlp)\\.(?:(?:q_proj|k_proj)))';
    assert.equal(matches(unsloth, 'model.layers.12.self_attn.q_proj'), true);
    assert.equal(matches(unsloth, 'model.language_model.layers.3.mlp.k_proj'), true);
    assert.equal(matches(unsloth, 'visual.blocks.0.attn.qkv'), false);
  });

  it('is not hung by patterns that hang backtracking engines, and stops when the budget is used up', () => {
    const budget = { steps: 2_000_000 };
    assert.equal(pyMatch(compilePyRegex('(a+)+$'), `${'a'.repeat(5_000)}b`, budget), false);
    assert.ok(budget.steps > 0);
    assert.throws(
      () => pyMatch(compilePyRegex('(a|a|a|a)*b'), 'a'.repeat(1_000_000), { steps: 100_000 }),
      PatternError,
    );
  });

  it('looks ahead within the same budget', () => {
    const skip = '^(?!.*visual).*(q_proj|v_proj)$';
    assert.equal(matches(skip, 'model.layers.0.self_attn.q_proj'), true);
    assert.equal(matches(skip, 'model.visual.0.self_attn.q_proj'), false);
    assert.equal(matches('(?=.*b)(?=.*c)a', 'abc'), true);
    assert.throws(
      () => pyMatch(compilePyRegex('(?:(?!.*x)a)*b'), 'a'.repeat(5_000), { steps: 100_000 }),
      PatternError,
    );
  });

  it('reads counts as Python does, and passes over braces that are none', () => {
    assert.equal(matches('a{1', 'a{1'), true);
    assert.equal(matches('a{}{,}', 'a{}{,}'), true);
    assert.equal(matches('{{{a', '{{{a'), true);
    assert.throws(() => compilePyRegex('a{1234567}'), /repeat count/);
  });

  it('refuses patterns that are too long or unroll too far', () => {
    assert.throws(() => compilePyRegex('a'.repeat(PATTERN_LENGTH_MAX + 1)), PatternError);
    assert.throws(() => compilePyRegex('((a{100}){100}){100}'), PatternError);
    assert.throws(() => compilePyRegex('a{999999}'), PatternError);
    assert.throws(() => compilePyRegex('(){0,999999}'), PatternError);
    // Nothing is added to the machine, however often it is repeated: the visits are what is bounded.
    assert.throws(() => compilePyRegex('((){99999}){99999}'), PatternError);
    assert.throws(() => compilePyRegex('(?:(?:){1000}){1000}'), PatternError);
  });
});

describe('pyRegexParser', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['(?<=a)', /look-behind/],
    ['(?<!a)b', /look-behind/],
    ['(?i)q_proj', /inline flags/],
    ['(?P=n)', /back-references/],
    ['(a)\\1', /back-references/],
    ['a*+', /possessive/],
    ['a**', /multiple repeat/],
    ['*a', /nothing to repeat/],
    ['{2}', /nothing to repeat/],
    ['^*', /nothing to repeat/],
    ['a{3,2}', /min repeat/],
    ['(a', /missing \)/],
    ['a)', /unbalanced/],
    ['[a', /unterminated character set/],
    ['[z-a]', /bad character range/],
    ['a\\', /bad escape/],
    ['\\q', /escape/],
    ['\\xg', /incomplete escape/],
    ['(?P<1>a)', /bad group name/],
    ['(?P<n>a)(?P<n>b)', /redefinition/],
    ['(?P<n', /unterminated group name/],
    ['('.repeat(100_000), /nested too deeply/],
  ];
  for (const [pattern, message] of refused) {
    it(`refuses ${pattern.slice(0, 20)}`, () => {
      assert.throws(
        () => parsePyRegex(pattern),
        (error) => error instanceof PatternError && message.test(error.message),
      );
    });
  }

  it('takes braces that are no count as text, as Python does', () => {
    assert.equal(parsePyRegex('a{}').kind, 'sequence');
    assert.equal(parsePyRegex('{a').kind, 'sequence');
  });
});
