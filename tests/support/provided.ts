/** What the global set-up gives to test files through vitest's `inject`. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection string of the run's cluster, database `postgres`. */
    maintenanceDatabaseUrl: string;
  }
}

/** Migrated once per run; every test file works on a copy. */
export const TEMPLATE_DATABASE = 'tollgate_template';
