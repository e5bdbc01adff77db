/** Units by kind; the number is how many base units one of them is. */
export const CONVERTIBLE = {
  length: { m: 1, km: 1_000, cm: 0.01, mm: 0.001, in: 0.0254, ft: 0.3048, yd: 0.9144, mi: 1_609.344 },
  mass: { kg: 1, g: 0.001, mg: 0.000_001, lb: 0.453_592_37, oz: 0.028_349_523_125 },
  time: { s: 1, min: 60, h: 3_600, day: 86_400, week: 604_800 },
  data: {
    byte: 1,
    kb: 1_000,
    mb: 1_000_000,
    gb: 1_000_000_000,
    kib: 1_024,
    mib: 1_048_576,
    gib: 1_073_741_824,
  },
  temperature: { c: 1, f: 1, k: 1 },
} as const;

const TO_CELSIUS: Record<string, (value: number) => number> = {
  c: (value) => value,
  f: (value) => ((value - 32) * 5) / 9,
  k: (value) => value - 273.15,
};
const FROM_CELSIUS: Record<string, (value: number) => number> = {
  c: (value) => value,
  f: (value) => (value * 9) / 5 + 32,
  k: (value) => value + 273.15,
};

/** Converts between two units of one kind; null when they are not. */
export function convert(value: number, from: string, to: string): number | null {
  const [source, target] = [from.toLowerCase(), to.toLowerCase()];
  for (const [kind, units] of Object.entries(CONVERTIBLE) as [string, Record<string, number>][]) {
    if (!Object.hasOwn(units, source) || !Object.hasOwn(units, target)) continue;
    const result =
      kind === 'temperature'
        ? FROM_CELSIUS[target]!(TO_CELSIUS[source]!(value))
        : (value * units[source]!) / units[target]!;
    // Twelve digits hide the noise of binary fractions.
    return Number(result.toPrecision(12));
  }
  return null;
}
