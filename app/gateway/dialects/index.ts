/** The register of dialects: the one place that knows them all. */
import { AppError } from '../../lib/app-error.ts';
import type { DialectName } from '../../lib/service-options.ts';
import type { Dialect } from './dialect.ts';

const REGISTER: Partial<Record<DialectName, Dialect>> = {};

/** @throws AppError `not_implemented` for `raw`, which is no dialect: what it carries is not read. */
export function dialectOf(name: DialectName): Dialect {
  const dialect = REGISTER[name];
  if (!dialect) throw new AppError('not_implemented', `Requests of the kind "${name}" cannot be converted.`);
  return dialect;
}
