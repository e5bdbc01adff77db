/** Every table; the schema object of Drizzle. */
export * from './users.ts';
export * from './organizations.ts';
export * from './sessions.ts';
export * from './egress.ts';
export * from './services.ts';
export * from './plans.ts';
export * from './subscriptions.ts';
export * from './keys.ts';
export * from './ledger.ts';
export * from './holds.ts';
export * from './usage.ts';
export * from './conversations.ts';
export * from './billing.ts';
export * from './platform.ts';
