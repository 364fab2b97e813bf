// Bundles what ships: extension host entry, engine process, CLI, panel page. Types are checked by `npm run typecheck`.
//   node esbuild.mjs [--production] [--watch]
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { compileKernels } from './src/engine/kernels/compile.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: production ? false : 'linked',
  minifyWhitespace: production,
  minifySyntax: production,
  logLevel: 'info',
  define: { 'process.env.NODE_ENV': JSON.stringify(production ? 'production' : 'development') },
};

/**
 * VS Code 1.96 runs extensions on Node 20. Names are left as they are: stack traces of a shipped build tell functions, and
 * `keepNames`, which would restore short ones, makes the extension 2 ms slower to load.
 * @type {esbuild.BuildOptions}
 */
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };

/**
 * The API as one object that is asked for once. `import * as vscode` makes esbuild copy all of the API's some hundred
 * names once for each file that says it, and each `require('vscode')` makes VS Code look up, in the file system, which
 * extension asks. What it saves: test/bench/HOST.md.
 * @type {esbuild.Plugin}
 */
const oneVscode = {
  name: 'one vscode',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(
        "import * as vscode from 'vscode';",
        "import vscode = require('vscode');",
      ),
      loader: 'ts',
      watchFiles: [file],
    }));
    build.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'once' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'once' },
    );
    build.onLoad({ filter: /^vscode$/, namespace: 'once' }, () => ({
      contents: "module.exports = require('vscode');",
    }));
  },
};

const kernelBytes = compileKernels();
/** @type {esbuild.Plugin} `kernels.wasm` is no file: its bytes are compiled from the sources beside it. */
const kernels = {
  name: 'kernels',
  setup(build) {
    build.onResolve({ filter: /\/kernels\.wasm$/ }, ({ path }) => ({ path, namespace: 'kernels' }));
    build.onLoad({ filter: /.*/, namespace: 'kernels' }, async () => ({
      contents: await kernelBytes,
      loader: 'binary',
    }));
  },
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  {
    ...node,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    plugins: [oneVscode],
  },
  { ...node, entryPoints: ['src/engine/main.ts'], outfile: 'dist/engine.js' },
  {
    ...node,
    entryPoints: ['src/engine/workers/main.ts'],
    outfile: 'dist/worker.js',
    external: ['onnxruntime-node'],
    plugins: [kernels],
  },
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.js' },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'chrome128', // Electron 32 of VS Code 1.96
    minifyIdentifiers: production,
    keepNames: production,
    entryPoints: ['webview/main.ts', 'webview/inspector.ts'],
    outdir: 'dist/webview',
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
  },
];

if (watch) {
  const contexts = await Promise.all(bundles.map((bundle) => esbuild.context(bundle)));
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
}
