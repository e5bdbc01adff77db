/** What the forms of custom paths do, on whichever page they stand. */
import type { Context } from '../domain/context.ts';
import { createEndpoint, deleteEndpoint, updateEndpoint } from '../domain/endpoints/index.ts';
import { redirectWithFlash } from './flash.ts';
import { readEndpoint } from './upstream-form.ts';

/** Adds, changes or deletes, then leads back to `here`. */
export async function runEndpointAction(ctx: Context, form: FormData, here: string): Promise<Response> {
  const done = (messageKey: string) =>
    redirectWithFlash(here, { messageKey: `seller:flash.${messageKey}`, tone: 'success' });
  const endpointId = String(form.get('endpointId'));
  switch (form.get('intent')) {
    case 'delete':
      await deleteEndpoint(ctx, { endpointId });
      return done('pathDeleted');
    case 'save':
      await updateEndpoint(ctx, { ...readEndpoint(form), endpointId });
      return done('saved');
    default:
      await createEndpoint(ctx, readEndpoint(form));
      return done('pathAdded');
  }
}
