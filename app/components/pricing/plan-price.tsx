import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { usePrices } from './use-prices.ts';

/** The price lines of a plan below each other. */
export function PlanPrice({ plan }: { plan: Pick<PlanWithPrice, 'kind' | 'price'> }) {
  return (
    <span className="tnum">
      {usePrices()
        .lines(plan)
        .map((line) => (
          <span key={line} className="block">
            {line}
          </span>
        ))}
    </span>
  );
}
