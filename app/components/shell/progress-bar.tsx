import { useNavigation } from '@remix-run/react';
import { cn } from '../ui/cn.ts';

/** A thin line while the next page is on its way; quick ones come before it shows. */
export function ProgressBar() {
  const busy = useNavigation().state !== 'idle';
  return (
    <div
      aria-hidden
      className={cn(
        'bg-brand pointer-events-none fixed inset-x-0 top-0 z-50 h-0.75 origin-left transition-opacity',
        busy
          ? 'animate-[progress_6s_cubic-bezier(0.1,0.8,0.2,1)_200ms_both] opacity-100 delay-200'
          : 'opacity-0',
      )}
    />
  );
}
