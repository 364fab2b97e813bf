// `npm run demo:vscode`: the packed extension in a real VS Code, with the sample loaded.
import path from 'node:path';
import { install, root, run } from './install.mjs';

process.exitCode = await install();
if (process.exitCode === 0) {
  const { packageExtension } = await import('./package.mjs');
  const [vsix] = await packageExtension({ out: path.join(root, 'demo-output') });
  process.exitCode = await run(process.execPath, ['--import', 'tsx', 'test/realhost/demo.ts', vsix]);
}
