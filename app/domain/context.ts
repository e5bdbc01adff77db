/**
 * What a domain verb gets: who acts, on which database or transaction, with which adapters.
 * Every verb is `verbNoun(ctx, input)`: authorize the actor, parse the input, do one thing.
 */
import type { Db } from '../../db/client.ts';
import type { MemberRole } from '../../db/schema/index.ts';
import type { Clock } from '../infra/clock.ts';
import type { Config } from '../infra/config.ts';
import type { Egress } from '../infra/egress/egress.ts';
import type { Keyring } from '../infra/keyring.ts';
import type { Logger } from '../infra/logger.ts';
import type { Mailer } from '../infra/mailer/mailer.ts';
import type { Passwords } from '../infra/passwords.ts';
import type { PdfRenderer } from '../infra/pdf/pdf-renderer.ts';
import type { Payments } from '../infra/stripe/payments.ts';
import type { Store } from '../infra/store/store.ts';
import type { Tokens } from '../infra/tokens.ts';
import { AppError } from '../lib/app-error.ts';

export type Actor =
  | { type: 'anonymous' }
  | {
      type: 'user';
      userId: string;
      /** The organization this session or token acts for; every query is scoped by it. */
      organizationId: string;
      role: MemberRole;
      isPlatformAdmin: boolean;
    }
  | { type: 'system'; job: string };

export type UserActor = Extract<Actor, { type: 'user' }>;

/** A buyer's program behind the gateway, known by its key. */
export interface KeyActor {
  type: 'key';
  keyId: string;
  organizationId: string;
}

/** The adapters of the platform that domain verbs may use. */
export interface Dependencies {
  config: Config;
  logger: Logger;
  clock: Clock;
  db: Db;
  keyring: Keyring;
  passwords: Passwords;
  tokens: Tokens;
  egress: Egress;
  store: Store;
  mailer: Mailer;
  payments: Payments;
  /** `ctx.pdf.render(document)`: in a thread of its own. */
  pdf: PdfRenderer;
  /** Origin that people reach us at, without a trailing slash. */
  publicUrl: string;
}

export interface Context extends Dependencies {
  actor: Actor;
  requestId: string;
  /** Address of the caller, for throttles and the audit trail; null for jobs. */
  ipAddress: string | null;
}

/** For verbs that members of an organization and its programs may both use. */
export interface OrganizationContext extends Pick<Dependencies, 'db' | 'clock' | 'keyring'> {
  actor: Actor | KeyActor;
}

/** The same context inside one transaction. Never hold it across a network call. */
export function withTransaction<C extends { db: Db }, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
  return ctx.db.transaction((tx) => work({ ...ctx, db: tx }));
}

/** The acting user, or 401. */
export function requireActor(ctx: Context): UserActor {
  if (ctx.actor.type !== 'user') throw new AppError('unauthenticated', 'Log in first.');
  return ctx.actor;
}

/** The organization that a person or a program acts for, or 401. */
export function requireOrganization({ actor }: Pick<OrganizationContext, 'actor'>): string {
  if (actor.type !== 'user' && actor.type !== 'key') throw new AppError('unauthenticated', 'Log in first.');
  return actor.organizationId;
}

/** The acting user when their role is one of `roles` (owners always are), or 403. */
export function requireRole(ctx: Context, roles: MemberRole[]): UserActor {
  const actor = requireActor(ctx);
  if (actor.role !== 'owner' && !roles.includes(actor.role)) {
    throw new AppError('forbidden', `Your role in this organization (${actor.role}) does not allow this.`);
  }
  return actor;
}

/** The acting platform administrator, or 403. */
export function requirePlatformAdmin(ctx: Context): UserActor {
  const actor = requireActor(ctx);
  if (!actor.isPlatformAdmin) throw new AppError('forbidden', 'Only platform administrators may do this.');
  return actor;
}

/** Refuses people: for verbs that only jobs call. */
export function requireSystem(ctx: Context): void {
  if (ctx.actor.type !== 'system') throw new AppError('forbidden', 'Only jobs may do this.');
}
