/**
 * Makes `app/infra/stripe/sandbox/request-schemas.json` from the parameter types of the `stripe` package.
 * The file is checked in, so that nothing that runs needs the generator; a test proves it is current.
 */
import { writeFileSync } from 'node:fs';
import { createGenerator, type Schema } from 'ts-json-schema-generator';

const FOLDER = 'app/infra/stripe/sandbox';
export const SCHEMA_FILE = `${FOLDER}/request-schemas.json`;

/** The schemas as text: one line per definition, so that a change can be read. */
export function generateStripeSchemas(): string {
  const schema = createGenerator({
    path: `${FOLDER}/request-types.ts`,
    tsconfig: 'tsconfig.json',
    type: 'StripeRequests',
    skipTypeCheck: true,
    expose: 'export',
    jsDoc: 'none',
    topRef: true,
    additionalProperties: false,
    encodeRefs: true,
  }).createSchema('StripeRequests');
  return print(schema);
}

/** The only numbers in Stripe's requests that may have a fraction; the types say `number` for all. */
const FRACTIONS = new Set([
  'percent_off',
  'percentage',
  'amount_percent',
  'application_fee_percent',
  'latitude',
  'longitude',
]);

type Node = Record<string, unknown>;

/**
 * Closes what the types leave open: an enum's `OtherString` stands for values of later versions, which
 * Stripe refuses today; every number but a few is an integer.
 */
function tighten(node: unknown, property = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => tighten(item, property));
  if (typeof node !== 'object' || node === null) return node;
  const result: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties')
      result[key] = Object.fromEntries(
        Object.entries(value as Node).map(([name, schema]) => [name, tighten(schema, name)]),
      );
    else result[key] = key === 'const' || key === 'enum' ? value : tighten(value, property);
  }
  if (result.type === 'number' && !FRACTIONS.has(property)) result.type = 'integer';
  return closeEnum(result);
}

function closeEnum(node: Node): Node {
  const branches = node.anyOf as Node[] | undefined;
  if (!branches) return node;
  const constants = branches.filter((branch) => typeof branch.const === 'string' && branch.const !== '');
  const others = branches.filter((branch) => !constants.includes(branch) && !isOpenEnd(branch));
  const choice = { type: 'string', enum: constants.map((branch) => branch.const) };
  const anyOf = constants.length === 0 ? others : [...others, choice];
  return anyOf.length === 1 && anyOf[0] ? anyOf[0] : { ...node, anyOf };
}

const isOpenEnd = (branch: Node) => branch.$ref === '#/definitions/OtherString';

function print(schema: Schema): string {
  const definitions = tighten(schema.definitions) as Node;
  // Numbers with any count of digits; the client's own class in the types.
  definitions.Decimal = { type: 'string', pattern: '^-?[0-9]+([.][0-9]{1,12})?$' };
  const lines = Object.entries(definitions)
    .map(([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(definition)}`)
    .map((line) => ({ line, key: line.replaceAll(ANONYMOUS, 'anonymous') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ line }) => line);
  return `{"definitions":{\n${nameAnonymous(lines.join(',\n'))}\n}}\n`;
}

/** How the generator names what has no name: by its position in a file of this machine. */
const ANONYMOUS = /(?:def-[a-z]+|structure)(?:-[0-9]+)+/g;

/** They are counted instead, in an order that does not know where the checkout lies. */
function nameAnonymous(text: string): string {
  const names = [...new Set(text.match(ANONYMOUS))];
  return names.reduce((result, name, i) => result.replaceAll(name, `anonymous-${i}`), text);
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, generateStripeSchemas());
