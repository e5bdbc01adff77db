/** The drawn part of UsageChart, in a chunk of its own. */
import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import type { UsagePoint } from './usage-chart.tsx';
import { numberFormat } from '../../lib/intl.ts';

interface UsagePlotProps {
  points: readonly UsagePoint[];
  callsLabel: string;
  errorsLabel: string;
}

const AXIS = { stroke: 'var(--muted)', fontSize: 12, tickLine: false, axisLine: false } as const;

export function UsagePlot({ points, callsLabel, errorsLabel }: UsagePlotProps) {
  const { locale } = useViewerPreferences();
  const compact = numberFormat(locale, { notation: 'compact' });
  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart data={[...points]} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="label" minTickGap={24} {...AXIS} />
        <YAxis
          width={44}
          allowDecimals={false}
          tickFormatter={(value: number) => compact.format(value)}
          {...AXIS}
        />
        <Tooltip
          contentStyle={{
            background: 'var(--raised)',
            border: '1px solid var(--line)',
            borderRadius: 12,
            color: 'var(--ink)',
          }}
          labelStyle={{ color: 'var(--ink)', fontWeight: 600 }}
        />
        <Legend iconType="plainline" wrapperStyle={{ fontSize: 12 }} />
        <Area
          type="monotone"
          dataKey="calls"
          name={callsLabel}
          stroke="var(--chart-1)"
          fill="var(--chart-1)"
          fillOpacity={0.12}
          strokeWidth={2}
          isAnimationActive={false}
        />
        <Area
          type="monotone"
          dataKey="errors"
          name={errorsLabel}
          stroke="var(--chart-2)"
          fill="var(--chart-2)"
          fillOpacity={0.08}
          strokeWidth={2}
          // Told apart without colour.
          strokeDasharray="5 4"
          isAnimationActive={false}
        />
      </AreaChart>
    </ResponsiveContainer>
  );
}
