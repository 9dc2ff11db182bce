import js from '@eslint/js';
import security from 'eslint-plugin-security';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'reports/']),
  js.configs.recommended,
  security.configs.recommended,
  {
    files: ['**/*.cjs'],
    languageOptions: {
      globals: { __dirname: 'readonly', module: 'readonly', require: 'readonly' },
      sourceType: 'commonjs',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A function that promises an answer may give it at once.
      '@typescript-eslint/require-await': 'off',
      // Every index here is a key of a typed record; the rule cannot tell, and reports each.
      'security/detect-object-injection': 'off',
    },
  },
  {
    // These run on a build machine, with paths that the build itself names.
    files: ['tools/**', 'test/**'],
    rules: { 'security/detect-non-literal-fs-filename': 'off' },
  },
);
