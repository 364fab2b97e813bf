import assert from 'node:assert/strict';
import { runCli } from '../../../src/cli/program';
import { METHODS } from '../../../src/methods';
import { sample } from '../../support/paths';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Command lines that end before an engine is needed. */
async function run(...args: string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => (out += text),
    err: (line) => (err += `${line}\n`),
    width: undefined,
    colour: false,
  });
  return { code, out, err };
}

describe('the command line', () => {
  for (const { id, options } of METHODS)
    it(`has no flag with the name of an option of ${id}`, async () => {
      for (const name of ['help', 'version']) assert.ok(!Object.hasOwn(options, name), name);
      // Commander throws if a command has two flags of one name.
      const { code, err } = await run('repair', '--method', id, '--help');
      assert.equal(code, 0, err);
    });

  for (const id of [undefined, 'auto', ...METHODS.map((method) => method.id)])
    it(`has flags for a repair by measurement: ${id ?? 'without a method'}`, async () => {
      const method = id === undefined ? [] : ['--method', id];
      const { code, out, err } = await run('repair', ...method, '--suite', 's', '--help');
      assert.equal(code, 0, err);
      for (const flag of ['--max-asr', '--anyway', '--report', '--suite', '--system', '--skip-broken-lines'])
        assert.ok(out.includes(flag), flag);
      for (const group of ['Models:', 'Suites:', 'Method:', 'Target:', 'Output:'])
        assert.ok(out.includes(`\n${group}\n`), group);
    });

  it('prints help and version on standard output', async () => {
    assert.match((await run('--version')).out, /^\d+\.\d+\.\d+\n$/);
    for (const args of [
      ['--help'],
      ['analyze', '--help'],
      ['prune', '-h'],
      ['inspect', '-h'],
      ['compare', '-h'],
    ]) {
      const { code, out, err } = await run(...args);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /Examples:|Typical workflow:/);
      assert.match(out, /Exit codes:/);
    }
  });
  it('prints help on standard error when no command is given', async () => {
    const { code, out, err } = await run();
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /Usage: splora/);
  });

  const wrong: readonly [string, string[], RegExp][] = [
    ['an unknown command', ['prun', 'x'], /^splora: Unknown command 'prun' \(Did you mean prune\?\)/],
    ['a missing adapter', ['analyze'], /Missing required argument 'adapter'/],
    ['an unknown flag', ['analyze', 'x', '--bas', 'y'], /--bas/],
    ['a missing model', ['analyze', 'x', '--base', 'y'], /--aligned is missing/],
    [
      'two rules',
      ['prune', 'x', '--top', '1', '--fraction', '0.5'],
      /--top and --fraction cannot be combined/,
    ],
    ['no number', ['analyze', 'x', '--threshold', 'high'], /must be a number/],
    ['an unknown score', ['analyze', 'x', '--rank-by', 'constructor'], /Allowed choices are .*ediemIqr/],
    ['an unknown order', ['analyze', 'x', '--order', 'up'], /Allowed choices are largest, smallest/],
    ['nothing that chooses', ['prune', 'x'], /Nothing says which modules go/],
    [
      'a rule without scores',
      ['prune', 'x', '--pin-prune', 'a', '--top', '2'],
      /Nothing says which modules go/,
    ],
    ['two sources', ['prune', 'x', '--from', 'f', '--base', 'b'], /--from cannot be combined/],
    ['a pin both ways', ['prune', 'x', '--pin-prune', 'a', '--pin-keep', 'a'], /pinned/],
    ['a saved analysis that is missing', ['prune', 'x', '--from', '/nowhere/f.json'], /\/nowhere\/f\.json/],
    [
      'an output without a parent',
      ['prune', 'x', '--out', '/nowhere/at/all'],
      /not exist \(\S*nowhere\S*at\)/,
    ],
    ['an empty output', ['prune', 'x', '--out', ''], /--out is empty/],
    [
      'an empty output of a repair by measurement',
      ['repair', 'x', '--suite', 's', '--aligned', 'a', '--base', 'b', '--out', ''],
      /--out is empty/,
    ],
    [
      'an output of a repair by measurement without a parent',
      ['repair', 'x', '--suite', 's', '--aligned', 'a', '--base', 'b', '--out', '/nowhere/at/all'],
      /not exist \(\S*nowhere\S*at\)/,
    ],
    [
      'an output inside the original',
      ['repair', sample('adapter-mixed'), '--method', 'scale', '--out', sample('adapter-mixed/out')],
      /inside the folder of the original/,
    ],
    [
      'an output of a repair by measurement inside the original',
      [
        ...['repair', sample('adapter-mixed'), '--suite', 's', '--aligned', 'a', '--base', 'b'],
        ...['--out', sample('adapter-mixed/out')],
      ],
      /inside the folder of the original/,
    ],
    ['a repair without a method', ['repair', 'x'], /Nothing says how to repair it\. Give --suite/],
    ['an unknown method', ['repair', 'x', '--method', 'y'], /Allowed choices are prune, scale/],
    [
      'a report of another kind',
      ['repair', 'x', '--suite', 's', '--aligned', 'a', '--base', 'b', '--report', 'r.pdf'],
      /"r\.pdf".*Allowed: \.json, \.md, \.xml/,
    ],
    [
      'a prompt to strike of no suite',
      ['repair', 'x', '--suite', 's', '--aligned', 'a', '--base', 'b', '--strike', 'h-1'],
      /"h-1" is no prompt to strike/,
    ],
    [
      'methods to compare beside a chosen one',
      ['repair', 'x', '--suite', 's', '--aligned', 'a', '--method', 'cut', '--compare', 'cut,scale'],
      /--compare and --method cannot be combined\. Add cut to/,
    ],
    ['an empty base', ['analyze', 'x', '--base', '', '--aligned', 'a'], /--base is empty/],
    [
      'a gate that means nothing',
      ['analyze', 'x', '--base', 'b', '--aligned', 'a', '--rank-by', 'cosine', '--fail-above', '1'],
      /--fail-above does not work with/,
    ],
  ];
  for (const [what, args, pattern] of wrong) {
    it(`refuses ${what} in one line, with exit code 2`, async () => {
      const { code, out, err } = await run(...args);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, pattern);
      assert.equal(err.trimEnd().split('\n').length, 1);
    });
  }
  const json: readonly (readonly [string[], RegExp])[] = [
    [['--json'], /--base is missing/],
    [['--format', 'json'], /--base is missing/],
    [['--format=json'], /--base is missing/],
    [['--json', '--format', 'csv'], /^splora: --json and --format csv cannot be combined/],
  ];
  for (const [flags, pattern] of json) {
    it(`says the same as JSON on standard output with ${flags.join(' ')}`, async () => {
      const { code, out, err } = await run('analyze', 'x', ...flags);
      const { schemaVersion, error } = JSON.parse(out) as { schemaVersion: number; error: { code: string } };
      assert.deepEqual([code, schemaVersion, error.code], [2, 2, 'bad-request']);
      assert.match(err, pattern);
    });
  }
});
