import js from '@eslint/js';
import { builtinModules } from 'node:module';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const nodeBuiltIns = builtinModules.flatMap((name) => [name, `node:${name}`]);
const nodeGlobals = ['process', 'console', 'fetch', 'setTimeout', 'clearTimeout', 'AbortSignal', 'Buffer', 'URL'];
const outsideWorld = {
  paths: nodeBuiltIns.map((name) => ({ name, message: 'This folder is pure: no Node built-ins.' })),
  patterns: [
    {
      group: ['@aws-sdk/*', '@smithy/*'],
      message: 'This folder is pure: no AWS clients. Engines live in src/activities.',
    },
    {
      group: ['**/activities/**', '!**/activities/slices.ts', '!**/activities/*/reduce.ts', '**/aws/**'],
      allowTypeImports: true,
      message: 'Workflows and pure code import slices and types of activities only.',
    },
  ],
};
const temporal = { group: ['@temporalio/*'], message: 'This folder knows nothing of Temporal.' };
const clocks = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Times are handed in by the caller.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Times are handed in by the caller.' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'No randomness here.' },
];
const state = [
  "Program > VariableDeclaration[kind='let']",
  "Program > ExportNamedDeclaration > VariableDeclaration[kind='let']",
  'Program > VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Weak)?Map$/]',
  'Program > ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Weak)?Map$/]',
].map((selector) => ({ selector, message: 'All workflows of a worker share their modules: no state here.' }));
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'process', 'crypto'].map((name) => ({
  name,
  message: 'This folder is pure: no timers, network, process or randomness.',
}));

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', '.tools/', '.phasegate/', 'phases/*/app/']),
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Implementations of the SDK's generic interfaces repeat its type parameters.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A function that promises an answer may give it at once.
      '@typescript-eslint/require-await': 'off',
      // Records from outside (JSON, environment) are not always what their type says.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: [
      ...['base', 'calendar', 'plan', 'gates', 'views'].map((folder) => `src/${folder}/**/*.ts`),
      'src/activities/slices.ts',
      'src/activities/*/reduce.ts',
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { ...outsideWorld, patterns: [...outsideWorld.patterns, temporal] },
      ],
      'no-restricted-syntax': ['error', ...clocks, ...state],
      'no-restricted-globals': ['error', ...timers],
    },
  },
  {
    // Clocks, timers and randomness are the deterministic ones that Temporal puts in place of Node's.
    files: ['src/workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', outsideWorld],
      'no-restricted-syntax': ['error', ...state],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Assertions on what a test has just made.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      // Helpers are objects of functions that close over what they need.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
