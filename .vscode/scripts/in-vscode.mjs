// `node in-vscode.mjs SCRIPT.ts [ARGUMENT…]`: packs the extension, then runs a script that drives a real VS Code with it.
import path from 'node:path';
import { install, root, run } from './install.mjs';

process.exitCode = await install();
if (process.exitCode === 0) {
  const { packageExtension } = await import('./package.mjs');
  const [vsix] = await packageExtension({ out: path.join(root, '.vscode-test', 'packed') });
  process.env.SPLORA_VSIX = vsix;
  process.exitCode = await run(process.execPath, ['--import', 'tsx', ...process.argv.slice(2)]);
}
