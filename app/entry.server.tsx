/** Renders documents as a stream; robots get the finished page. */
import { PassThrough } from 'node:stream';
import {
  createReadableStreamFromReadable,
  type ActionFunctionArgs,
  type AppLoadContext,
  type EntryContext,
  type LoaderFunctionArgs,
} from '@remix-run/node';
import { RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import { I18nextProvider } from 'react-i18next';
import { DocumentProvider } from './components/document-context.tsx';
import { BASE_NAMESPACES, NAMESPACES, type Namespace } from './i18n/locales.ts';
import { resolveLocale } from './i18n/server.ts';
import { createTranslator, textsVersion } from './i18n/translator.ts';

/** Slow parts of a page give up after this; the rest is already there. */
export const streamTimeout = 5_000;

const TEXTS_VERSION = textsVersion();

/** The texts that the matched routes ask for in `handle.i18n`. */
function namespacesOf(remixContext: EntryContext): Namespace[] {
  const wanted = new Set<unknown>(BASE_NAMESPACES);
  for (const match of remixContext.staticHandlerContext.matches) {
    const handle = remixContext.routeModules[match.route.id]?.handle as { i18n?: unknown } | undefined;
    if (Array.isArray(handle?.i18n)) for (const namespace of handle.i18n) wanted.add(namespace);
  }
  return NAMESPACES.filter((namespace) => wanted.has(namespace));
}

export default async function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  context: AppLoadContext,
): Promise<Response> {
  const locale = await resolveLocale({ request, context });
  const i18n = createTranslator(locale, namespacesOf(remixContext));
  const userAgent = request.headers.get('user-agent');
  const isRobot = userAgent !== null && isbot(userAgent);
  const nonce = context.cspNonce;
  const facts = { nonce, requestId: context.requestId, textsVersion: TEXTS_VERSION };

  return new Promise((resolve, reject) => {
    let shellSent = false;
    let answerStatus = status;
    const respond = () => {
      shellSent = true;
      const body = new PassThrough();
      headers.set('content-type', 'text/html; charset=utf-8');
      headers.set('content-language', locale);
      headers.append('vary', 'Cookie, Accept-Language');
      resolve(new Response(createReadableStreamFromReadable(body), { headers, status: answerStatus }));
      stream.pipe(body);
    };
    const stream = renderToPipeableStream(
      <DocumentProvider value={facts}>
        <I18nextProvider i18n={i18n}>
          <RemixServer context={remixContext} url={request.url} abortDelay={streamTimeout} nonce={nonce} />
        </I18nextProvider>
      </DocumentProvider>,
      {
        nonce,
        ...(isRobot ? { onAllReady: respond } : { onShellReady: respond }),
        onShellError: reject,
        onError(error) {
          answerStatus = 500;
          // Errors of the shell reach handleError through the rejected promise.
          if (shellSent)
            context.platform.logger.error({ err: error, requestId: context.requestId }, 'rendering failed');
        },
      },
    );
    setTimeout(() => stream.abort(), streamTimeout + 1_000).unref();
  });
}

/** Loaders' and actions' unexpected errors: logged in full, shown to nobody. */
export function handleError(
  error: unknown,
  { request, context }: LoaderFunctionArgs | ActionFunctionArgs,
): void {
  // Aborted requests are no failures.
  if (request.signal.aborted) return;
  context.platform.logger.error({ err: error, requestId: context.requestId }, 'request failed');
}
