import { useId } from 'react';

export interface BarsSeries {
  name: string;
  /** One for each label; bigint, so that no amount ever becomes a float. */
  values: readonly bigint[];
}

export interface BarsChartProps {
  title: string;
  labels: readonly string[];
  /** One or two of them, side by side. */
  series: readonly BarsSeries[];
  /** What a pointer over a period reads: its label and its values. */
  describe: (index: number) => string;
}

const HEIGHT = 120n;
/** A period with anything in it is seen. */
const LEAST = 2n;
const SLOT = 20;
const COLOURS = ['var(--chart-1)', 'var(--chart-2)'];

/** Bars drawn on the server: no script needed. The table beside it has the numbers. */
export function BarsChart({ title, labels, series, describe }: BarsChartProps) {
  const pattern = useId();
  const highest = series
    .flatMap(({ values }) => values)
    .reduce((max, value) => (value > max ? value : max), 1n);
  const heightOf = (value: bigint): bigint =>
    value <= 0n ? 0n : (value * (HEIGHT - LEAST)) / highest + LEAST;
  const width = Math.max(1, labels.length) * SLOT;
  const bar = (SLOT - 4) / series.length;
  return (
    <figure className="min-w-0 break-inside-avoid" aria-label={title}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={title}
        className="block h-36 w-full"
      >
        <defs>
          {/* Told apart without colour. */}
          <pattern id={pattern} width="4" height="4" patternUnits="userSpaceOnUse">
            <rect width="4" height="4" fill={COLOURS[1]} fillOpacity="0.35" />
            <rect width="2" height="4" fill={COLOURS[1]} />
          </pattern>
        </defs>
        <line x1="0" x2={width} y1={`${HEIGHT}`} y2={`${HEIGHT}`} className="stroke-line" strokeWidth="2" />
        {labels.map((label, index) => (
          <g key={label}>
            <title>{describe(index)}</title>
            <rect x={index * SLOT} width={SLOT} y="0" height={`${HEIGHT}`} fill="transparent" />
            {series.map(({ name, values }, at) => (
              <rect
                key={name}
                x={index * SLOT + 2 + at * bar}
                width={bar}
                y={`${HEIGHT - heightOf(values[index] ?? 0n)}`}
                height={`${heightOf(values[index] ?? 0n)}`}
                fill={at === 0 ? COLOURS[0] : `url(#${pattern})`}
              />
            ))}
          </g>
        ))}
      </svg>
      <figcaption className="text-muted mt-2 grid gap-2 text-xs">
        <span className="flex justify-between gap-4">
          <span>{labels[0]}</span>
          <span>{labels.length > 1 && labels.at(-1)}</span>
        </span>
        {series.length > 1 && (
          <span className="flex flex-wrap gap-x-4 gap-y-1">
            {series.map(({ name }, at) => (
              <span key={name} className="inline-flex items-center gap-1.5">
                <svg aria-hidden viewBox="0 0 10 10" className="size-2.5">
                  <rect width="10" height="10" fill={at === 0 ? COLOURS[0] : `url(#${pattern})`} />
                </svg>
                {name}
              </span>
            ))}
          </span>
        )}
      </figcaption>
    </figure>
  );
}
