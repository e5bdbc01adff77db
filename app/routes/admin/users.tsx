import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { UserTable } from '../../components/account/user-table.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardFooter } from '../../components/ui/card.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { listUsers, moderateUserSchema, reinstateUser, suspendUser } from '../../domain/users/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm, readIntent } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { AppError } from '../../lib/app-error.ts';

export const handle = { i18n: ['admin', 'account'] };

const MAX_QUERY_CHARS = 100;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireAdmin(args);
  const t = await getTranslation(args, 'account');
  const { searchParams } = new URL(args.request.url);
  const query = (searchParams.get('q') ?? '').trim().slice(0, MAX_QUERY_CHARS);
  const page = Number(searchParams.get('page') ?? 1);
  const users = await pageLoader(args, () => listUsers(ctx, { query, page }));
  return { title: t('adminUsers.title'), query, users, viewerId: user.id };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const request = args.request.clone();
    const intent = await readIntent(request);
    const form = await parseForm(request, moderateUserSchema);
    if (!form.ok) return formFailure(form);
    const { pathname, search } = new URL(request.url);
    const here = pathname.replace(/\.data$/, '') + search;
    switch (intent) {
      case 'suspend':
        await suspendUser(ctx, form.value);
        return redirectWithFlash(here, { messageKey: 'account:flash.userSuspended', tone: 'success' });
      case 'reinstate':
        await reinstateUser(ctx, form.value);
        return redirectWithFlash(here, { messageKey: 'account:flash.userReinstated', tone: 'success' });
      default:
        throw new AppError('invalid_request', 'This form has no such button.');
    }
  });
}

export default function AdminUsers() {
  const { t } = useTranslation('account');
  const { query, users, viewerId } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const pageLink = (page: number) =>
    `?${new URLSearchParams({ ...(query && { q: query }), page: String(page) })}`;
  return (
    <>
      <PageHeader title={t('adminUsers.title')} description={t('adminUsers.description')} />
      <FormAlert error={failure?.error} />
      <Form
        method="get"
        role="search"
        aria-label={t('adminUsers.search')}
        className="flex flex-wrap items-end gap-3"
      >
        <TextField
          name="q"
          type="search"
          label={t('adminUsers.search')}
          className="max-w-md flex-1 basis-64"
          maxLength={MAX_QUERY_CHARS}
          defaultValue={query}
        />
        <Button type="submit" variant="secondary">
          {t('adminUsers.searchButton')}
        </Button>
        {query && (
          <ButtonLink to="/admin/users" variant="ghost">
            {t('adminUsers.clear')}
          </ButtonLink>
        )}
      </Form>
      <p className="text-muted text-sm">{t('adminUsers.total', { count: users.total })}</p>
      <Card>
        <UserTable users={users.items} query={query} viewerId={viewerId} />
        {users.pageCount > 1 && (
          <CardFooter className="justify-between">
            <p className="text-muted text-sm">
              {t('adminUsers.page', { page: users.page, pages: users.pageCount })}
            </p>
            <nav aria-label={t('adminUsers.pages')} className="flex gap-2">
              {users.page > 1 && (
                <ButtonLink to={pageLink(users.page - 1)} rel="prev" variant="secondary" size="sm">
                  {t('adminUsers.previous')}
                </ButtonLink>
              )}
              {users.page < users.pageCount && (
                <ButtonLink to={pageLink(users.page + 1)} rel="next" variant="secondary" size="sm">
                  {t('adminUsers.next')}
                </ButtonLink>
              )}
            </nav>
          </CardFooter>
        )}
      </Card>
    </>
  );
}
