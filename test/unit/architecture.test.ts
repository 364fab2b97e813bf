import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../support/paths';

/** The import column of the architecture notes. Lint enforces the same; this reads the imports by other means. */
const MAY_IMPORT: ReadonlyMap<
  string,
  { folders: readonly string[]; packages: readonly (string | RegExp)[] }
> = new Map(
  Object.entries({
    'src/extension.ts': { folders: ['src/host'], packages: ['vscode'] },
    'src/core': { folders: ['src/core', 'package.json'], packages: ['zod/mini'] },
    'src/protocol': { folders: ['src/protocol', 'src/core'], packages: ['zod/mini'] },
    'src/io': { folders: ['src/io', 'src/core'], packages: [/^node:/, 'zod/mini'] },
    'src/engine': {
      folders: ['src/engine', 'src/core', 'src/io', 'src/protocol'],
      packages: [/^node:/, 'onnxruntime-node', 'zod/mini'],
    },
    'src/host': {
      // Of the engine only the client side of the process boundary.
      folders: [
        'src/host',
        'src/core',
        'src/protocol',
        'src/io',
        'src/engine/client.ts',
        'src/engine/process.ts',
      ],
      packages: ['vscode', /^node:/, 'zod/mini'],
    },
    'src/cli': {
      folders: ['src/cli', 'src/core', 'src/io', 'src/engine', 'src/protocol'],
      packages: [/^node:/, 'commander', 'cli-progress'],
    },
    webview: {
      // What messages are made of, and the pure formatting.
      folders: [
        'webview',
        'src/protocol',
        'src/core/report',
        'src/core/errors.ts',
        'src/core/message.ts',
        'src/core/ediem/types.ts',
        'src/core/selection/cut.ts',
        'src/core/selection/parseCount.ts',
        'src/core/selection/types.ts',
      ],
      packages: [/^@vscode\/webview-ui-toolkit/],
    },
  }),
);

const MAX_LINES = 300;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Project path of what a relative import means; null for packages. */
  readonly target: string | null;
}

const files = ['src', 'webview'].flatMap((folder) =>
  readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name.replaceAll('\\', '/'))),
);

function textOf(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8');
}

/** Static, dynamic, type-only and `require` imports, as TypeScript's own scanner sees them. */
function importsOf(file: string): readonly Import[] {
  const { importedFiles } = ts.preProcessFile(textOf(file), true, true);
  return importedFiles.map(({ fileName: specifier }) => ({
    from: file,
    specifier,
    target: specifier.startsWith('.') ? resolve(file, specifier) : null,
  }));
}

function resolve(file: string, specifier: string): string {
  const plain = path.posix.join(path.posix.dirname(file), specifier);
  return [plain, `${plain}.ts`, `${plain}/index.ts`].find((name) => files.includes(name)) ?? plain;
}

function inside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function ruleOf(
  file: string,
): { folders: readonly string[]; packages: readonly (string | RegExp)[] } | undefined {
  return [...MAY_IMPORT].find(([folder]) => inside(file, folder))?.[1];
}

function isAllowed({ from, specifier, target }: Import): boolean {
  const rule = ruleOf(from);
  if (rule === undefined) return false;
  if (target !== null) return rule.folders.some((folder) => inside(target, folder));
  const name = builtinModules.includes(specifier) ? `node:${specifier}` : specifier;
  return rule.packages.some((pattern) =>
    typeof pattern === 'string' ? pattern === name : pattern.test(name),
  );
}

describe('architecture', () => {
  const imports = files.flatMap(importsOf);
  const line = ({ from, specifier }: Import): string => `${from} imports ${specifier}`;

  it('reads the imports of every file', () => {
    assert.ok(files.length > 20 && imports.length > files.length);
  });
  it('knows the folder of every file', () => {
    assert.deepEqual(
      files.filter((file) => ruleOf(file) === undefined),
      [],
    );
  });
  it('lets each folder import only what the table allows', () => {
    assert.deepEqual(imports.filter((one) => !isAllowed(one)).map(line), []);
  });
  it('would see what is forbidden', () => {
    const forbidden: Import[] = [
      { from: 'src/core/a.ts', specifier: 'fs', target: null },
      { from: 'src/core/a.ts', specifier: 'node:path', target: null },
      { from: 'src/core/a.ts', specifier: '../io/x', target: 'src/io/x.ts' },
      { from: 'src/engine/a.ts', specifier: 'vscode', target: null },
      { from: 'src/host/a.ts', specifier: '../engine/main', target: 'src/engine/main.ts' },
      { from: 'webview/a.ts', specifier: '../src/corex/a', target: 'src/corex/a.ts' },
      { from: 'src/other.ts', specifier: 'vscode', target: null },
    ];
    assert.deepEqual(forbidden.filter(isAllowed).map(line), []);
  });
  it('loads onnxruntime-node in one file alone', () => {
    const loading = new Set(
      imports.filter(({ specifier }) => specifier.startsWith('onnxruntime')).map(({ from }) => from),
    );
    assert.ok(loading.size <= 1, [...loading].join(', '));
    for (const file of loading) assert.match(path.posix.basename(file), /^ort/);
  });
  it('names onnxruntime-node as a module nowhere else, not even in a computed import', () => {
    const naming = files.filter((file) => /['"`]onnxruntime-node/.test(textOf(file)));
    for (const file of naming) assert.match(file, /^src\/engine\/(.*\/)?ort/);
  });
  it('shows text in the window in one file alone', () => {
    const shows =
      /\b(show(Error|Warning|Information)Message|withProgress|setStatusBarMessage|(show|create)(QuickPick|InputBox))\b|\bwindow\[/;
    assert.deepEqual(
      files.filter((file) => shows.test(textOf(file))),
      ['src/host/windowText.ts'],
    );
  });
  it('gives pages their policy and options in one file alone', () => {
    assert.deepEqual(
      files.filter((file) => /\benableScripts\b/.test(textOf(file))),
      ['src/host/loadPage.ts'],
    );
  });
  it('keeps files short', () => {
    const long = files
      .map((file) => ({ file, lines: codeLines(textOf(file)) }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ file, lines }) => `${file}: ${lines}`);
    assert.deepEqual(long, []);
  });
});

/** Lines that are neither blank nor nothing but comment. */
function codeLines(text: string): number {
  const bare = text.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '').replace(/^\s*\/\/.*$/gm, '');
  return bare.split('\n').filter((line) => line.trim() !== '').length;
}
