import { useTranslation } from 'react-i18next';
import type { CredentialHealth } from '../../domain/credentials/index.ts';
import { Badge, type BadgeTone } from '../ui/badge.tsx';

const TONES = {
  ready: 'success',
  cooling: 'warning',
  failing: 'warning',
  disabled: 'neutral',
} as const satisfies Record<CredentialHealth, BadgeTone>;

/** How a credential is; one that the upstream refused is worse than one that a person switched off. */
export function HealthBadge({ health, refused = false }: { health: CredentialHealth; refused?: boolean }) {
  const { t } = useTranslation('seller');
  return (
    <Badge tone={refused ? 'danger' : TONES[health]}>
      <span aria-hidden className="size-1.5 shrink-0 rounded-full bg-current" />
      {refused ? t('health.refused') : t(`health.${health}`)}
    </Badge>
  );
}

/** Whether something takes part, in one word. */
export function StateBadge({ state }: { state: 'active' | 'disabled' }) {
  const { t } = useTranslation('seller');
  return (
    <Badge tone={state === 'active' ? 'success' : 'neutral'}>
      <span aria-hidden className="size-1.5 shrink-0 rounded-full bg-current" />
      {t(`state.${state}`)}
    </Badge>
  );
}
