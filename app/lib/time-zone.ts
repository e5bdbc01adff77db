/** Time zones by their IANA names. */

/** True for a name that this runtime can compute with. */
export function isTimeZone(name: string): boolean {
  // Offsets like `+08:00` are accepted by Intl, but know nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Every name to choose from; `UTC` first, then by region and city. */
export function listTimeZones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')];
}
