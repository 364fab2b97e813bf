import assert from 'node:assert/strict';
import { parsePyRegex, PatternError } from '../../../../src/core/adapter/pyRegexParser';

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
