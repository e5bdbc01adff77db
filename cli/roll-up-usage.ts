/**
 * `npm run roll-up-usage`: brings the 15-minute sums of usage up to now. With `-- --from <instant> --to
 * <instant>` those of a range are computed again, for events that were imported or repaired.
 */
import { parseArgs } from 'node:util';
import { rollUpUsage } from '../app/domain/usage/index.ts';
import { withPlatform } from './with-database.ts';

const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });

function instant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()))
    throw new Error(`"${text}" is no instant, such as 2026-10-01T00:00:00Z`);
  return moment;
}

await withPlatform('roll-up-usage', async (platform) => {
  const range = { from: instant(values.from), to: instant(values.to) };
  await rollUpUsage(platform.createContext({ type: 'system', job: 'roll-up-usage' }), range);
  console.log(range.from ? 'The sums of the range are computed again.' : 'The sums are up to date.');
});
