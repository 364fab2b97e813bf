import assert from 'node:assert/strict';
import { TAKEN_NAMES } from '../../../src/cli/commands/repair';
import { METHODS } from '../../../src/methods';

describe('the flags of a method', () => {
  it('replace none of the command', () => {
    for (const name of ['base', 'top', 'threads', 'scale', 'from', 'out', 'copyRest', 'json', 'quiet'])
      assert.ok(TAKEN_NAMES.includes(name), name);
    for (const { id, options } of METHODS)
      for (const name of Object.keys(options))
        assert.ok(!TAKEN_NAMES.includes(name), `rename the option ${name} of ${id}: --${name} is taken`);
  });
});
