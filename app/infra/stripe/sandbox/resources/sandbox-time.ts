/** Test clocks and events. */
import { runDue } from '../billing/run-due.ts';
import { emitEvent, newBase } from '../core.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import type { Base, SandboxEvent, TestClock } from '../objects.ts';
import { invalidRequest } from '../sandbox-error.ts';

const TYPE = 'test_helpers.test_clock';
const DELETED_AFTER_SECONDS = 30 * 86_400;
/** Two years at a time: Stripe allows two intervals of the shortest subscription. */
const LONGEST_ADVANCE_SECONDS = 2 * 366 * 86_400;

const createClock = endpoint('POST /v1/test_helpers/test_clocks', (core, params) => {
  const base = newBase(core, 'clock', TYPE);
  return core.state.put<TestClock>({
    ...base,
    object: TYPE,
    deletes_after: base.created + DELETED_AFTER_SECONDS,
    frozen_time: params.frozen_time,
    name: params.name ?? null,
    status: 'ready',
    status_details: {},
  });
});

/**
 * Everything due on the way happens before the answer; the answer still says `advancing`, because at
 * Stripe it takes a while: programs wait for `ready`.
 */
const advanceClock = endpoint(
  'POST /v1/test_helpers/test_clocks/:id/advance',
  async (core, params, { id }) => {
    const clock = await core.state.lock<TestClock>(TYPE, id);
    if (params.frozen_time <= clock.frozen_time)
      throw invalidRequest('Test clocks can only be advanced to the future.', 'frozen_time');
    if (params.frozen_time - clock.frozen_time > LONGEST_ADVANCE_SECONDS)
      throw invalidRequest('Test clocks cannot be advanced by more than two years.', 'frozen_time');
    const own = { ...core, testClock: id, now: () => params.frozen_time };
    await emitEvent(own, 'test_helpers.test_clock.advancing', { ...clock, status: 'advancing' } as Base);
    await runDue(own, params.frozen_time);
    const ready = await core.state.put<TestClock>({
      ...clock,
      frozen_time: params.frozen_time,
      status: 'ready',
    });
    await emitEvent(own, 'test_helpers.test_clock.ready', ready);
    return { ...ready, status: 'advancing' };
  },
);

const deleteClock = endpoint('DELETE /v1/test_helpers/test_clocks/:id', async (core, _params, { id }) => {
  await core.state.lock(TYPE, id);
  const customers = await core.state.list<Base>('customer', { match: { test_clock: id } });
  for (const customer of customers) await core.state.remove(customer.id);
  await core.state.remove(id);
  return { id, object: TYPE, deleted: true };
});

const listEvents = endpoint('GET /v1/events', (core, { type, types, delivery_success, ...params }) => {
  const fits = (event: SandboxEvent): boolean =>
    (types === undefined || types.includes(event.type)) &&
    (type === undefined || matches(event.type, type)) &&
    (delivery_success === undefined || (event.pending_webhooks === 0) === delivery_success) &&
    (event.account ?? null) === core.account;
  return listObjects(core, 'event', '/v1/events', params, { filter: (event) => fits(event as SandboxEvent) });
});

/** `charge.*` stands for all that begin so. */
const matches = (type: string, pattern: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

export const timeEndpoints = [
  createClock,
  advanceClock,
  deleteClock,
  retrieveEndpoint('GET /v1/test_helpers/test_clocks/:id', TYPE),
  listEndpoint('GET /v1/test_helpers/test_clocks', TYPE),
  listEvents,
  retrieveEndpoint('GET /v1/events/:id', 'event'),
];
