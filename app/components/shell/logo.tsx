/** The mark: a barrier lifting over a road. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className} focusable="false">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path d="M9.5 23V13.5" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
      <path d="M9.5 16.5 23 9" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
      <path d="M15 23h8" stroke="#fff" strokeOpacity="0.65" strokeWidth="3.2" strokeLinecap="round" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <LogoMark className="size-8" />
      <span className="text-lg font-semibold tracking-tight">Tollgate</span>
    </span>
  );
}
