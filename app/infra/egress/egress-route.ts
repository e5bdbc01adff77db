import { inspect } from 'node:util';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { RouteHealth } from './route-health.ts';

export interface EgressRouteOptions {
  address: ProxyAddress;
  /** Names the node in this state: another when its address or password changes. */
  key: string;
  weight: number;
  health: RouteHealth;
  /** Named by the operator in the environment: it may stand in a private network. */
  trusted: boolean;
}

/** A proxy node that connections go through. Printed, logged or serialised it shows no password. */
export class EgressRoute {
  readonly key: string;
  readonly weight: number;
  readonly health: RouteHealth;
  readonly trusted: boolean;
  readonly protocol: ProxyAddress['protocol'];
  readonly host: string;
  readonly port: number;
  readonly #login: { username: string; password: string } | null;

  constructor({ address, key, weight, health, trusted }: EgressRouteOptions) {
    this.key = key;
    this.weight = weight;
    this.health = health;
    this.trusted = trusted;
    this.protocol = address.protocol;
    this.host = address.host;
    this.port = address.port;
    this.#login =
      address.username === null ? null : { username: address.username, password: address.password ?? '' };
  }

  /** What the proxy wants to know of us; null: nothing. */
  revealLogin(): { username: string; password: string } | null {
    return this.#login;
  }

  toString(): string {
    return `egress route ${this.key}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * One of the nodes that are in the rotation, by weight; a node that is due goes first, as its own probe,
 * and one that reaches nothing comes last. Null: all are out.
 */
export function chooseRoute(routes: readonly EgressRoute[]): EgressRoute | null {
  const due = routes.find((route) => route.health.state === 'due');
  if (due) {
    due.health.beginProbe();
    return due;
  }
  const inRotation = routes.filter((route) => route.health.state === 'in');
  const reaching = inRotation.filter((route) => !route.health.isDoubtful);
  const usable = reaching.length > 0 ? reaching : inRotation;
  const total = usable.reduce((sum, route) => sum + route.weight, 0);
  let left = Math.random() * total;
  for (const route of usable) {
    left -= route.weight;
    if (left < 0) return route;
  }
  return usable.at(-1) ?? null;
}
