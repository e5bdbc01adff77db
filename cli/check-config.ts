/**
 * Loaded ahead of each program (`node --import`): a bad configuration ends it before the rest of the
 * program, which takes a second or two, has even been read.
 */
import { ConfigError, loadConfig } from '../app/infra/config.ts';

try {
  loadConfig();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
