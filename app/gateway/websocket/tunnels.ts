import type { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import type { Closing, Tunnel } from './tunnel.ts';

/** Twice within the second after which a revoked key must be out. */
const RECHECK_MS = 400;

/** What the stages say of a call that would come now; null: they let it in, or cannot tell. */
export type Recheck = (call: Call) => Promise<AppError | null>;

/** The open tunnels of this process: asked again and again whether they may stay, closed at the end. */
export class Tunnels {
  readonly #open = new Set<Tunnel>();
  readonly #recheck: Recheck;
  #timer: NodeJS.Timeout | undefined;

  constructor(recheck: Recheck) {
    this.#recheck = recheck;
  }

  get size(): number {
    return this.#open.size;
  }

  add(tunnel: Tunnel): void {
    this.#open.add(tunnel);
    this.#timer ??= setInterval(() => this.#recheckAll(), RECHECK_MS).unref();
  }

  remove(tunnel: Tunnel): void {
    this.#open.delete(tunnel);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The process stops: everybody is told to go elsewhere. */
  closeAll(): void {
    for (const tunnel of this.#open) tunnel.close(STOPPING);
  }

  #recheckAll(): void {
    for (const tunnel of this.#open) {
      void this.#recheck(tunnel.call).then((refusal) => {
        if (refusal !== null) tunnel.close(refused(refusal));
      });
    }
  }
}

const STOPPING: Closing = {
  code: 1001,
  reason: 'this server is stopping',
  terminalState: 'policy_stop',
  fault: 'platform',
  errorCode: 'draining',
};

function refused({ code }: AppError): Closing {
  return { code: 1008, reason: code, terminalState: 'policy_stop', fault: 'buyer', errorCode: code };
}
