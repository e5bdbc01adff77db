import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, describe, expect, it } from 'vitest';
import { boundaryProblem } from './import-boundaries.ts';
import { moneyIsBigint } from './money-is-bigint.ts';
import { noLiteralText } from './no-literal-text.ts';

Object.assign(RuleTester, { describe, it, afterAll });
const tester = new RuleTester({
  languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
});

describe('import boundaries', () => {
  it.each([
    ['app/routes/buyer/keys.tsx', 'app/domain/keys/index.ts', 'value'],
    ['app/gateway/authenticate.ts', 'app/infra/store/store.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'db/schema/keys.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'app/infra/clock.ts', 'type'],
    ['app/domain/keys/create-key.ts', 'app/domain/plans/index.ts', 'value'],
    ['app/components/buyer/keys.tsx', 'app/domain/keys/index.ts', 'type'],
    ['app/components/buyer/keys.tsx', 'app/domain/keys/schemas.ts', 'value'],
    ['worker/tasks/roll-up-usage.ts', 'worker/jobs.ts', 'value'],
    ['app/http/load-context.ts', 'app/platform.ts', 'type'],
    ['app/platform.ts', 'app/infra/keyring.ts', 'value'],
    ['server.ts', 'app/gateway/router.ts', 'value'],
    ['app/routes/storefront/home.tsx', 'app/components/ui/card.tsx', 'value'],
  ] as const)('let %s import %s as a %s', (from, to, kind) => {
    expect(boundaryProblem(from, to, kind)).toBeNull();
  });

  it.each([
    ['app/routes/buyer/keys.tsx', 'db/schema/keys.ts', 'value'],
    ['app/routes/buyer/keys.tsx', 'app/gateway/router.ts', 'value'],
    ['app/gateway/authenticate.ts', 'db/schema/keys.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'app/infra/clock.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'app/domain/plans/create-plan.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'app/http/parse-form.ts', 'value'],
    ['app/infra/stripe/sandbox.ts', 'app/domain/payments/index.ts', 'type'],
    ['app/lib/money.ts', 'app/infra/clock.ts', 'type'],
    ['app/components/buyer/keys.tsx', 'app/domain/keys/index.ts', 'value'],
    ['app/http/health.ts', 'db/schema/users.ts', 'value'],
    ['app/domain/keys/create-key.ts', 'app/platform.ts', 'value'],
    ['worker/index.ts', 'app/components/ui/card.tsx', 'type'],
    ['db/client.ts', 'app/domain/context.ts', 'type'],
  ] as const)('keep %s from importing %s as a %s', (from, to, kind) => {
    expect(boundaryProblem(from, to, kind)).toEqual(expect.any(String));
  });
});

tester.run('money is a bigint', moneyIsBigint, {
  valid: [
    'BigInt(chargeNanos)',
    'Number(bytes)',
    'a + priceNanos',
    'toDecimal(nanos)',
    'Number(process.hrtime.bigint())',
  ],
  invalid: [
    { code: 'Number(chargeNanos)', errors: 1 },
    { code: 'Number(row.chargeNanos / 10n)', errors: 1 },
    { code: 'Number(plan?.price.nanos)', errors: 1 },
    { code: '+feeNanos', errors: 1 },
    { code: 'parseFloat(toDecimal(totalNanos))', errors: 1 },
    { code: 'Number(chargeNanos as bigint)', errors: 1 },
  ],
});

tester.run('no literal text in JSX', noLiteralText, {
  valid: [
    '<p>{t("title")}</p>',
    '<p>·</p>',
    '<b>Tollgate</b>',
    '<code>curl -N</code>',
    '<input name="email" type="text" placeholder={t("x")} />',
    '<p>{count} / {total}</p>',
  ],
  invalid: [
    { code: '<p>Create a key</p>', errors: 1 },
    { code: '<p>{"Create a key"}</p>', errors: 1 },
    { code: '<p>金鑰</p>', errors: 1 },
    { code: '<input aria-label="Search" />', errors: 1 },
    { code: '<TextField label="Name" />', errors: 1 },
  ],
});
