import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { OrganizationForm } from '../../components/account/organization-form.tsx';
import { ProfileForm } from '../../components/account/profile-form.tsx';
import { SellingCard } from '../../components/account/selling-card.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  enableSelling,
  updateOrganization,
  updateOrganizationSchema,
} from '../../domain/organizations/index.ts';
import { updateProfile, updateProfileSchema } from '../../domain/users/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm, readIntent } from '../../http/parse-form.ts';
import { requireUser, type Viewer } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { localeCookie } from '../../i18n/locales.ts';
import { getTranslation } from '../../i18n/server.ts';
import { AppError } from '../../lib/app-error.ts';
import { themeCookie } from '../../lib/theme.ts';
import { listTimeZones } from '../../lib/time-zone.ts';

export const handle = { i18n: ['account'] };

export async function loader(args: LoaderFunctionArgs) {
  const { user, organization, role } = await requireUser(args);
  const t = await getTranslation(args, 'account');
  return {
    title: t('profile.title'),
    user,
    organization,
    canManage: role === 'owner' || role === 'admin',
    timeZones: listTimeZones(),
    asksToSell: new URL(args.request.url).searchParams.get('enable') === 'selling',
  };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

async function saveProfile({ ctx }: Viewer, request: Request) {
  const form = await parseForm(request, updateProfileSchema);
  if (!form.ok) return formFailure(form);
  // A blank field is absent in the form, and means that the address goes.
  await updateProfile(ctx, { ...form.value, email: form.value.email ?? null });
  const headers = new Headers();
  if (form.value.locale) headers.append('set-cookie', localeCookie(form.value.locale));
  if (form.value.theme) headers.append('set-cookie', themeCookie(form.value.theme));
  return redirectWithFlash(
    '/account',
    { messageKey: 'account:flash.profileSaved', tone: 'success' },
    { headers },
  );
}

async function saveOrganization({ ctx }: Viewer, request: Request) {
  const form = await parseForm(request, updateOrganizationSchema);
  if (!form.ok) return formFailure(form);
  await updateOrganization(ctx, form.value);
  return redirectWithFlash('/account', { messageKey: 'account:flash.organizationSaved', tone: 'success' });
}

export async function action(args: ActionFunctionArgs) {
  const viewer = await requireUser(args);
  return formAction(args, async () => {
    const request = args.request.clone();
    switch (await readIntent(request)) {
      case 'profile':
        return saveProfile(viewer, request);
      case 'organization':
        return saveOrganization(viewer, request);
      case 'enable-selling':
        await enableSelling(viewer.ctx);
        return redirectWithFlash('/seller', { messageKey: 'account:flash.sellingEnabled', tone: 'success' });
      default:
        throw new AppError('invalid_request', 'This form has no such button.');
    }
  });
}

export default function Profile() {
  const { t } = useTranslation('account');
  const data = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const failureOf = (intent: string) => (failure?.values.intent === intent ? failure : undefined);
  const selling = (
    <SellingCard
      organization={data.organization}
      canManage={data.canManage}
      isWanted={data.asksToSell}
      failure={failureOf('enable-selling')}
    />
  );
  return (
    <>
      <PageHeader title={t('profile.title')} description={t('profile.description')} />
      {data.asksToSell && selling}
      <ProfileForm user={data.user} timeZones={data.timeZones} failure={failureOf('profile')} />
      <OrganizationForm
        organization={data.organization}
        timeZones={data.timeZones}
        canManage={data.canManage}
        failure={failureOf('organization')}
      />
      {!data.asksToSell && selling}
    </>
  );
}
