import { useTranslation } from 'react-i18next';
import { dynamicText } from '../../i18n/dynamic.ts';
import { Badge, type BadgeTone } from './badge.tsx';

/** What a status means at a glance; the word says the same for those who see no colour. */
const TONES = {
  service: {
    draft: 'neutral',
    in_review: 'info',
    published: 'success',
    paused: 'warning',
    suspended: 'danger',
    archived: 'neutral',
  },
  subscription: { pending_payment: 'warning', active: 'success', past_due: 'danger', canceled: 'neutral' },
  key: { active: 'success', disabled: 'warning', revoked: 'neutral', expired: 'warning' },
  checkout: { open: 'info', paid: 'success', expired: 'neutral', failed: 'danger' },
  user: { active: 'success', suspended: 'danger' },
  plan: { active: 'success', archived: 'neutral' },
  invoice: {
    draft: 'neutral',
    finalized: 'info',
    paid: 'success',
    past_due: 'danger',
    void: 'neutral',
    refunded: 'neutral',
  },
  mail: { queued: 'info', sent: 'success', failed: 'danger' },
} as const satisfies Record<string, Record<string, BadgeTone>>;

type Tones = typeof TONES;
export type StatusNoun = keyof Tones;

export interface StatusBadgeProps<Noun extends StatusNoun> {
  noun: Noun;
  status: keyof Tones[Noun] & string;
}

export function StatusBadge<Noun extends StatusNoun>({ noun, status }: StatusBadgeProps<Noun>) {
  const { t } = useTranslation('common');
  const tones: Record<string, BadgeTone> = TONES[noun];
  return (
    <Badge tone={tones[status] ?? 'neutral'}>
      <span aria-hidden className="size-1.5 shrink-0 rounded-full bg-current" />
      {dynamicText(t)(`status.${noun}.${status}`)}
    </Badge>
  );
}
