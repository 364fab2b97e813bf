import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LOADERS } from '../../src/core/check/types';
import { SploraError } from '../../src/core/errors';
import { check } from '../../src/engine/check';
import type { CallContext } from '../../src/rpc/channel';
import { english } from '../support/english';
import { shared } from '../support/paths';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { pythonEnvironment } from './environment';
import { HANG_MS } from './python';
import { REPORT_VERDICTS } from './reportVerdicts';

const context: CallContext<never> = { signal: new AbortController().signal, emit: () => undefined };
const reports = shared('loaders', 'reports');

/** The generator and its variant: `saved_head-empty/adapter`. */
const GENERATOR = /^([a-z\d_]+)(?:-([a-z\d-]+))?(?:\/|$)/;

/** The model beside an adapter: the one that it is served on, else the aligned one. */
function modelOf(adapter: string): { readonly model: string } | undefined {
  const beside = (name: string): string => path.join(path.dirname(adapter), name);
  const names = ['served', 'aligned', ...(path.basename(adapter) === 'gpt2' ? ['gpt2-model'] : [])];
  const model = names.map(beside).find((folder) => existsSync(folder));
  return model === undefined ? undefined : { model };
}

async function verdictsOf(adapter: string): Promise<string> {
  try {
    const { loaders } = await check({ adapter, loaders: LOADERS, ...modelOf(adapter) }, context);
    return loaders.map(({ verdict }) => verdict).join(' ');
  } catch (thrown) {
    if (thrown instanceof SploraError) return english(thrown.data.message);
    throw thrown;
  }
}

describe('inputs from public reports', function () {
  this.timeout(HANG_MS);
  let python = '';
  before(async function () {
    if (!existsSync(reports)) skipBecause(this, 'needs ../shared/loaders beside this checkout');
    const found = await pythonEnvironment('requirements.txt');
    if (typeof found !== 'string') skipBecause(this, found.missing);
    else python = found;
  });

  itInFolder('have the verdicts that are right', async (folder) => {
    const made = new Set<string>();
    const said: Record<string, string> = {};
    for (const [name, right] of Object.entries(REPORT_VERDICTS)) {
      const [, generator = '', variant] = GENERATOR.exec(name) ?? [];
      const out = path.join(folder, variant === undefined ? generator : `${generator}-${variant}`);
      if (!made.has(out)) {
        const args = [
          '-B',
          path.join(reports, `${generator}.py`),
          out,
          ...(variant === undefined ? [] : [variant]),
        ];
        await promisify(execFile)(python, args);
        made.add(out);
      }
      const verdicts = await verdictsOf(path.join(folder, name));
      said[name] = verdicts.startsWith(right) ? right : verdicts;
    }
    assert.deepEqual(said, REPORT_VERDICTS);
  });

  it('are all there', () => {
    const known = new Set(Object.keys(REPORT_VERDICTS).map((name) => GENERATOR.exec(name)?.[1]));
    const generators = readdirSync(reports)
      .filter((name) => name.endsWith('.py') && !name.startsWith('_'))
      .map((name) => name.slice(0, -'.py'.length));
    assert.deepEqual(
      generators.filter((name) => !known.has(name)),
      [],
    );
  });
});
