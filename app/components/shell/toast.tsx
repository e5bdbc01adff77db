import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Flash } from '../../http/flash.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import { useHydrated } from '../ui/use-hydrated.ts';
import { useRootData } from '../viewer.tsx';

const ICONS = { success: CircleCheck, info: Info, warning: TriangleAlert, danger: CircleAlert };
const COLORS = { success: 'text-success', info: 'text-info', warning: 'text-warning', danger: 'text-danger' };
const VISIBLE_MS = 6_000;

interface Shown {
  id: string;
  flash: Flash;
}

/** What the last action had to say. The region exists before its text, or it would not be read out. */
export function Toaster() {
  const root = useRootData();
  const incoming = root?.flash ? { id: root.requestId, flash: root.flash } : null;
  const [shown, setShown] = useState<Shown | null>(incoming);
  const [lastId, setLastId] = useState(incoming?.id ?? null);
  if (incoming && incoming.id !== lastId) {
    setLastId(incoming.id);
    setShown(incoming);
  }
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-40 flex justify-center md:bottom-6 print:hidden"
    >
      {shown && <Toast key={shown.id} flash={shown.flash} onClose={() => setShown(null)} />}
    </div>
  );
}

function Toast({ flash, onClose }: { flash: Flash; onClose: () => void }) {
  const { t } = useTranslation();
  const hydrated = useHydrated();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // Errors stay until they are read.
    if (held || flash.tone === 'danger') return;
    const timer = setTimeout(onClose, VISIBLE_MS);
    return () => clearTimeout(timer);
  }, [held, flash.tone, onClose]);
  const Icon = ICONS[flash.tone];
  return (
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      className="border-line bg-raised shadow-float pointer-events-auto flex max-w-md min-w-0 animate-[appear_200ms_ease-out] items-center gap-3 rounded-lg border py-1.5 ps-4 pe-1.5"
    >
      <Icon aria-hidden className={`size-5 shrink-0 ${COLORS[flash.tone]}`} />
      <p className="min-w-0 flex-1 py-2 text-sm font-medium">
        {dynamicText(t)(flash.messageKey, flash.params)}
      </p>
      {hydrated && (
        <button
          type="button"
          onClick={onClose}
          aria-label={t('common:form.close')}
          className="hit text-muted hover:text-ink grid place-items-center rounded-full"
        >
          <X aria-hidden className="size-4.5" />
        </button>
      )}
    </div>
  );
}
