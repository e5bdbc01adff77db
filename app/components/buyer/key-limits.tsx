import { useTranslation } from 'react-i18next';
import { Num } from '../ui/format.tsx';

/** Limits that a plan, an organization and a key have alike. */
export const LIMIT_NAMES = [
  'requestsPerMinute',
  'requestsPerDay',
  'tokensPerMinute',
  'tokensPerDay',
  'maxConcurrency',
] as const;

export type Limits = Record<(typeof LIMIT_NAMES)[number], number | null>;

/** What limits somebody else has set. */
export function LimitList({ limits }: { limits: Limits }) {
  const { t } = useTranslation('buyer');
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_1fr]">
      {LIMIT_NAMES.map((name) => {
        const value = limits[name];
        return (
          <div key={name} className="contents">
            <dt className="text-muted">{t(`key.${name}`)}</dt>
            <dd className="mb-1 font-medium sm:mb-0">
              {value !== null ? (
                <Num value={value} />
              ) : (
                t(name === 'requestsPerMinute' ? 'key.default' : 'key.unlimited')
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
