// Bundles what ships: extension host entry, engine and evaluator processes, CLI, panel page. Types are checked by `npm run typecheck`.
//   node esbuild.mjs [--production] [--watch]
import { readFile, rm } from 'node:fs/promises';
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
 * @param {(text: string, file: string) => string} edit what else to change in a source file
 * @returns {esbuild.Plugin}
 */
const oneVscode = (edit = (text) => text) => ({
  name: 'one vscode',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: edit(await readFile(file, 'utf8'), file).replace(
        "import * as vscode from 'vscode';",
        "import vscode from 'vscode';",
      ),
      loader: 'ts',
      watchFiles: [file],
    }));
    build.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'once' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'once' },
    );
    build.onLoad({ filter: /^vscode$/, namespace: 'once' }, () => ({
      contents: "export default require('vscode');",
    }));
    // Only the engine plans repairs.
    build.onResolve({ filter: /^\.\/plan$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './plan', external: true } : undefined,
    );
  },
});

/** @type {esbuild.BuildOptions} */
const extension = {
  ...node,
  entryPoints: ['src/extension.ts'],
  metafile: true,
  outdir: 'dist',
  logLevel: 'warning',
};

/**
 * Writes the window's bundle as three files: what is loaded with the window, what `await import('./…')` loads (`later`),
 * and what both use (`chunk`). In one file, half of what V8 reads at activation would be used only later. All of `later`
 * is one module: each file costs 0.4 ms at activation, and esbuild makes one for each set of modules that others share.
 * It only splits ES modules, and VS Code 1.96 loads CommonJS: so there are two steps.
 * @param {esbuild.Metafile} whole of a build of all in one file: which files are imported later
 */
async function writeExtension(whole) {
  const imports = Object.values(whole.inputs).flatMap((input) => input.imports);
  const isLater = ({ kind, external }) => kind === 'dynamic-import' && external !== true;
  const files = [...new Set(imports.filter(isLater).map((target) => target.path))];
  const fromLater = (text, file) =>
    text.replace(/await import\('(\.[^']+)'\)/g, (original, target) => {
      const at = files.indexOf(path.relative(root, path.resolve(path.dirname(file), `${target}.ts`)));
      return at === -1 ? original : `(await import('later')).file${at}`;
    });
  /** @type {esbuild.Plugin} */
  const later = {
    name: 'later',
    setup(build) {
      build.onResolve({ filter: /^later$/ }, () => ({ path: 'later', namespace: 'later' }));
      build.onLoad({ filter: /.*/, namespace: 'later' }, () => ({
        contents: files.map((file, at) => `export * as file${at} from './${file}';`).join('\n'),
        resolveDir: root,
      }));
    },
  };
  const modules = path.join(root, 'dist', 'modules');
  const split = await esbuild.build({
    ...extension,
    format: 'esm',
    splitting: true,
    sourcemap: production ? false : 'inline',
    outdir: modules,
    chunkNames: '[name]',
    plugins: [oneVscode(fromLater), later],
  });
  const made = Object.keys(split.metafile.outputs).map((file) => path.basename(file));
  if (made.sort().join() !== 'chunk.js,extension.js,later.js')
    throw new Error(`.vscodeignore packs no other files of the window: ${made.join(', ')}`);
  await esbuild.build({
    ...node,
    bundle: false,
    entryPoints: made.map((file) => path.join(modules, file)),
    outdir: 'dist',
    supported: { 'dynamic-import': false },
  });
  await rm(modules, { recursive: true });
}

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

/**
 * `splora mcp` is loaded as a file of its own: its library would make every other command slower to start.
 * @type {esbuild.Plugin}
 */
const mcpApart = {
  name: 'mcp apart',
  setup(build) {
    build.onResolve({ filter: /\/mcp\/serve$/ }, () => ({ path: './mcp.js', external: true }));
  },
};

/** @type {esbuild.Plugin} Writes the window's three files when a build of all in one file has found what they are. */
const inThreeFiles = {
  name: 'in three files',
  setup(build) {
    build.onEnd(async ({ errors, metafile }) => {
      if (errors.length === 0) await writeExtension(metafile);
    });
  },
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  { ...extension, write: false, plugins: [oneVscode(), inThreeFiles] },
  { ...node, entryPoints: ['src/engine/main.ts'], outfile: 'dist/engine.js' },
  {
    ...node,
    entryPoints: ['src/engine/workers/main.ts'],
    outfile: 'dist/worker.js',
    external: ['onnxruntime-node'],
    plugins: [kernels],
  },
  {
    ...node,
    entryPoints: ['src/evaluation/main.ts'],
    outfile: 'dist/evaluator.js',
    external: ['onnxruntime-node'],
  },
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.js', plugins: [mcpApart] },
  { ...node, entryPoints: ['src/cli/mcp/serve.ts'], outfile: 'dist/mcp.js' },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'chrome128', // Electron 32 of VS Code 1.96
    minifyIdentifiers: production,
    keepNames: production,
    entryPoints: ['webview/main.ts', 'webview/inspector.ts', 'webview/comparison.ts'],
    outdir: 'dist/webview',
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
  },
  {
    ...common,
    platform: 'browser',
    format: 'esm', // so that a renderer of notebooks is loaded
    target: 'chrome128',
    minifyIdentifiers: production,
    entryPoints: ['webview/notebook.ts'],
    outdir: 'dist/webview',
  },
];

if (watch) {
  const contexts = await Promise.all(bundles.map((bundle) => esbuild.context(bundle)));
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
}
