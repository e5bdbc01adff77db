import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateStripeSchemas, SCHEMA_FILE } from './stripe-schemas.ts';

it('the sandbox checks requests against the types of the installed stripe package', () => {
  // Made anew by `node cli/stripe-schemas.ts`.
  expect(generateStripeSchemas() === readFileSync(SCHEMA_FILE, 'utf8')).toBe(true);
}, 60_000);
