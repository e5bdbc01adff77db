import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { tollgatePlugin } from './tests/lint/plugin.ts';

/** The house has one door to the outside (docs/ARCHITECTURE.md, section 4). */
const OUTSIDE =
  'Only app/infra opens connections to the outside; sellers’ hosts are reached through ctx.egress.';
const NETWORK_CLIENTS = ['undici', 'axios', 'got', 'node-fetch', 'http-proxy', 'http-proxy-middleware'];
const NODE_CLIENTS = [
  ...['node:http', 'node:https', 'http', 'https'].map((name) => ({
    name,
    importNames: ['request', 'get', 'Agent', 'globalAgent'],
    message: OUTSIDE,
  })),
  ...['node:net', 'node:tls', 'net', 'tls'].map((name) => ({
    name,
    importNames: ['connect', 'createConnection', 'Socket'],
    message: OUTSIDE,
  })),
];

const SYNTAX = [
  {
    selector: "BinaryExpression[operator='instanceof'][right.name='AppError']",
    message: 'This module may be loaded twice: compare by code (isAppError, hasErrorCode).',
  },
];
const NO_MODULE_STATE = [
  {
    selector:
      "Program > VariableDeclaration[kind='let'], Program > ExportNamedDeclaration > VariableDeclaration[kind='let']",
    message: 'State lives in the platform object, not in a module.',
  },
];
const NO_DEFAULT_EXPORT = [{ selector: 'ExportDefaultDeclaration', message: 'Use a named export.' }];

export default tseslint.config(
  {
    ignores: [
      'build/',
      'data/',
      'node_modules/',
      'public/',
      'test-results/',
      'playwright-report/',
      'coverage/',
      '.cache/',
    ],
  },
  // Nobody switches a rule off in passing; an exception stands in this file, with its reason.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx,js}'],
    plugins: { tollgate: tollgatePlugin },
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'no-restricted-syntax': ['error', ...SYNTAX, ...NO_DEFAULT_EXPORT, ...NO_MODULE_STATE],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'The environment is read in app/infra/config.ts alone.',
        },
      ],
      // Augmenting a module's interface needs an empty one.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      'tollgate/import-boundaries': 'error',
      'tollgate/money-is-bigint': 'error',
    },
  },
  {
    // A promise nobody waits for is an error nobody sees; needs types, so not for configuration files.
    files: ['{app,worker,db,cli}/**/*.{ts,tsx}', 'server.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['app/**/*.{ts,tsx}', 'worker/**/*.ts', 'db/**/*.ts', 'server.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...NETWORK_CLIENTS.map((name) => ({ name, message: OUTSIDE, allowTypeImports: true })),
            ...NODE_CLIENTS,
          ],
        },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: OUTSIDE }],
    },
  },
  {
    files: ['app/infra/egress/**/*.ts', 'app/infra/stripe/**/*.ts', 'app/infra/mailer/**/*.ts'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-globals': 'off' },
  },
  {
    files: ['app/**/*.tsx'],
    ignores: ['**/*.test.tsx'],
    languageOptions: { globals: { ...globals.browser } },
    rules: { 'tollgate/no-literal-text': 'error' },
  },
  {
    // Tools that load these files want a default export.
    files: [
      '*.config.{ts,js}',
      'app/{root,entry.client,entry.server}.tsx',
      'app/routes.ts',
      'app/routes/**/*.{ts,tsx}',
    ],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, ...NO_MODULE_STATE] },
  },
  {
    // The one place that converts, for Intl and for Stripe's whole cents.
    files: ['app/lib/money.ts'],
    rules: { 'tollgate/money-is-bigint': 'off' },
  },
  {
    // config.ts parses the environment; embedded-postgres.ts hands it on to the server it starts.
    files: [
      'app/infra/config.ts',
      'app/infra/embedded-postgres.ts',
      'cli/**/*.ts',
      'tests/**/*.ts',
      '*.config.{ts,js}',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // These talk to a person at a terminal.
    files: ['cli/**/*.ts', 'db/seed/**/*.ts', 'tests/bench/**/*.ts', 'tests/support/*-reporter.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'tests/**/*.ts'],
    languageOptions: { globals: { ...globals.browser } },
    // A test file's fixtures are variables that its hooks fill.
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, ...NO_DEFAULT_EXPORT] },
  },
);
