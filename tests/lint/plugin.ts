import type { ESLint } from 'eslint';
import { importBoundaries } from './import-boundaries.ts';
import { moneyIsBigint } from './money-is-bigint.ts';
import { noLiteralText } from './no-literal-text.ts';

/** Rules of this house that no published plugin knows. */
export const tollgatePlugin: ESLint.Plugin = {
  meta: { name: 'tollgate' },
  rules: {
    'import-boundaries': importBoundaries,
    'money-is-bigint': moneyIsBigint,
    'no-literal-text': noLiteralText,
  },
};
