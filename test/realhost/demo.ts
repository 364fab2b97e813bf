import { cp, mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '../support/paths';
import { RealServer } from './server';

/** Opens the real VS Code with the packed extension on a copy of the sample, until Ctrl+C: `npm run demo:vscode`. */
async function demo(vsix: string): Promise<void> {
  const { installRealHost } = await import('./install.mjs');
  const installed = await installRealHost({ log: console.log });
  if (!installed.ok) {
    console.log(`No VS Code can be installed here: ${installed.reason}`);
    console.log(`Install ${vsix} in your own: "Extensions: Install from VSIX…", then "SPLoRA: Open Sample".`);
    return;
  }
  const workspace = path.join(projectRoot, 'demo-output', 'vscode');
  await mkdir(path.dirname(workspace), { recursive: true });
  await cp(path.join(projectRoot, 'media', 'sample'), workspace, { recursive: true, force: false });
  const server = await RealServer.start(installed.paths, { workspace, vsix: [vsix] });
  console.log(`\nVS Code with the sample: ${server.url}`);
  console.log(
    'Right-click adapter-mixed/adapter_model.safetensors: SPLoRA: Analyze Adapter. Ctrl+C ends it.',
  );
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  await server.dispose();
}

const [vsix] = process.argv.slice(2);
if (vsix === undefined) throw new Error('usage: demo.ts EXTENSION.vsix');
void demo(vsix);
