import { eq, inArray } from 'drizzle-orm';
import { keys, organizations, plans, services } from '../../../db/schema/index.ts';
import type { ReportContext } from './report-scope.ts';
import type { Grouping } from './schemas.ts';

/** What people call the groups of a report, by id; a key of the environment and no model have no name. */
export async function findGroupNames(
  { db }: Pick<ReportContext, 'db'>,
  groupBy: Grouping,
  ids: string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  switch (groupBy) {
    case 'none':
      return new Map();
    case 'model':
      return new Map(ids.filter((id) => id !== '').map((id) => [id, id]));
    case 'service':
      return nameMap(
        await db
          .select({ id: services.id, name: services.name })
          .from(services)
          .where(inArray(services.id, ids)),
      );
    case 'plan': {
      const rows = await db
        .select({ id: plans.id, plan: plans.name, service: services.name })
        .from(plans)
        .innerJoin(services, eq(services.id, plans.serviceId))
        .where(inArray(plans.id, ids));
      return nameMap(rows.map(({ id, plan, service }) => ({ id, name: `${service} · ${plan}` })));
    }
    case 'key':
      return nameMap(
        await db.select({ id: keys.id, name: keys.name }).from(keys).where(inArray(keys.id, ids)),
      );
    case 'buyer':
    case 'seller':
      return nameMap(
        await db
          .select({ id: organizations.id, name: organizations.name })
          .from(organizations)
          .where(inArray(organizations.id, ids)),
      );
  }
}

function nameMap(rows: { id: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [id, name]));
}
