// Run with `npm run lint` from the project's folder: globs below count from there.
import { builtinModules } from 'node:module';
import path from 'node:path';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

const typescript = ['src/**/*.ts', 'test/**/*.ts', 'webview/**/*.ts'];
const ortFiles = ['src/engine/ort.ts', 'src/evaluation/runners/onnx/ort.ts'];

const noVscode = { regex: '^vscode$', message: 'Only src/host and src/extension.ts know VS Code.' };
const noOrt = { regex: '^onnxruntime', message: 'Only the two ort.ts files load onnxruntime-node.' };
const noNode = {
  regex: `^(node:|(${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$)`,
  message: 'This folder is pure: no Node built-ins.',
};
/** Names, rows and files are as many and as long as a stranger likes. */
const hostile = {
  'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
  'regexp/no-super-linear-move': ['error', { report: 'potential' }],
  'no-restricted-syntax': [
    'error',
    {
      selector: 'CallExpression[callee.property.name=/^(max|min|push|unshift|fromC.*)$/] > SpreadElement',
      message: 'More than some 100,000 arguments do not fit on the stack: use a loop or reduce.',
    },
    {
      selector: 'NewExpression[callee.name="RegExp"]',
      message: 'Nothing can tell whether a made pattern takes linear time: use string functions.',
    },
  ],
};
const noSocket = {
  regex: '^((node:)?(http|https|http2|net|tls|dgram)$|undici|ws$)',
  message: 'Only src/evaluation/runners/endpoint opens sockets.',
};
const restrict = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

/**
 * The import column of the architecture notes: a folder and what it may import.
 * `except` of the plugin counts from `from`, so each folder gets one entry for each root.
 */
const zones = [
  { target: 'src/core', may: ['src/core'] },
  { target: 'src/methods', may: ['src/methods', 'src/core'] },
  { target: 'src/rpc', may: ['src/rpc', 'src/core'] },
  { target: 'src/protocol', may: ['src/protocol', 'src/core'] },
  { target: 'src/io', may: ['src/io', 'src/core'] },
  {
    target: 'src/engine',
    may: ['src/engine', 'src/core', 'src/methods', 'src/io', 'src/protocol', 'src/rpc'],
  },
  {
    target: 'src/evaluation',
    may: ['src/evaluation', 'src/core', 'src/io', 'src/protocol', 'src/rpc'],
  },
  { target: 'src/agentTools', may: ['src/agentTools', 'src/core', 'src/methods', 'src/protocol'] },
  // `client.ts` starts a process and loads none of its code.
  {
    target: 'src/repair',
    may: [
      'src/repair',
      'src/core',
      'src/methods',
      'src/protocol',
      'src/io',
      'src/engine/client.ts',
      'src/evaluation/client.ts',
    ],
  },
  {
    target: 'src/host',
    may: [
      'src/host',
      'src/agentTools',
      'src/core',
      'src/methods',
      'src/repair',
      'src/protocol',
      'src/io',
      'src/engine/client.ts',
      'src/evaluation/client.ts',
    ],
  },
  {
    target: 'src/cli',
    may: [
      'src/cli',
      'src/agentTools',
      'src/core',
      'src/methods',
      'src/repair',
      'src/protocol',
      'src/io',
      'src/engine/client.ts',
      'src/evaluation/client.ts',
    ],
  },
  { target: 'src/extension.ts', may: ['src/extension.ts', 'src/host'] },
  // What messages are made of, and the pure formatting.
  {
    target: 'webview',
    may: [
      'webview',
      'src/protocol',
      'src/core/report',
      'src/core/errors.ts',
      'src/core/message.ts',
      'src/core/record.ts',
      'src/core/ediem/types.ts',
      'src/core/evidence',
      'src/core/results',
      'src/core/selection',
      'src/core/check/types.ts',
    ],
  },
].flatMap(({ target, may }) =>
  ['src', 'webview', 'test'].map((from) => ({
    target: `./${target}`,
    from: `./${from}`,
    except: may
      .filter((name) => name === from || name.startsWith(`${from}/`))
      .map((name) => `./${path.posix.relative(from, name) || '.'}`),
    message: `${target} may import only ${may.join(', ')}.`,
  })),
);

/** VS Code reads links and icons out of what these show. */
const textFunctions = [
  'showErrorMessage',
  'showInformationMessage',
  'showWarningMessage',
  'withProgress',
  'setStatusBarMessage',
  'createOutputChannel',
  'showQuickPick',
  'createQuickPick',
  'showInputBox',
  'createInputBox',
];

export default tseslint.config(
  {
    ignores: ['dist/', 'demo-output/', 'media/', 'test/fixtures/', '.vscode-test/', '**/*.d.mts', '**/*.mjs'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json'],
        tsconfigRootDir: process.cwd(),
      },
    },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mts', '.mjs', '.js', '.json'] })],
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // To return what returns nothing is how a one-line handler ends.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // TypeScript is structural: what has a dispose() is a Disposable.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Types and interfaces both have their place: unions and mapped types cannot be interfaces.
      '@typescript-eslint/consistent-type-definitions': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'off',
      'max-lines': ['error', { max: 420, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      ...restrict(noVscode, noOrt, noSocket),
    },
  },
  {
    files: ['src/core/**/*.ts', 'src/protocol/**/*.ts', 'webview/**/*.ts'],
    rules: restrict(noVscode, noOrt, noNode),
  },
  { files: ['src/**/*.ts', 'webview/**/*.ts'], plugins: { regexp }, rules: hostile },
  { files: ['src/host/**/*.ts', 'src/extension.ts', 'test/**/*.ts'], rules: restrict(noOrt, noSocket) },
  { files: ortFiles, rules: restrict(noVscode, noSocket) },
  { files: ['src/evaluation/runners/endpoint/**/*.ts'], rules: restrict(noVscode, noOrt) },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({
          name,
          message: noSocket.message,
        })),
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/host/windowText.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...textFunctions.map((property) => ({
          property,
          message: 'Use src/host/windowText.ts, which makes names from files literal.',
        })),
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-imports': 'off',
    },
  },
);
