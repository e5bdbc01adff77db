import type { ReactNode } from 'react';
import { cn } from './cn.ts';

export interface Column<Row> {
  key: string;
  header: ReactNode;
  align?: 'end';
  /** Left out: the row's own property of that name. */
  render?: (row: Row) => ReactNode;
  /** Hidden between a phone's cards and a wide screen. */
  priority?: 'low';
}

export interface TableProps<Row> {
  /** Names the table for those who cannot see it. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Shown instead of the table when there are no rows. */
  empty?: ReactNode;
  /** `scroll`: stays a table on a phone, for many rows of numbers; its first column stays in sight. */
  onPhone?: 'cards' | 'scroll';
  className?: string;
}

function cellOf<Row>(column: Column<Row>, row: Row): ReactNode {
  if (column.render) return column.render(row);
  const value = (row as Record<string, unknown>)[column.key];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : null;
}

/**
 * A table that scrolls inside its own box, and on a phone becomes one card per row with each value
 * beside its heading. Roles are explicit because changing `display` makes browsers forget them.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, empty, onPhone = 'cards', className } = props;
  const isCards = onPhone === 'cards';
  /** Classes of the cards, and of the column that stays. */
  const cards = (classes: string) => isCards && classes;
  const firstStays =
    !isCards && 'max-sm:first:bg-surface max-sm:first:sticky max-sm:first:start-0 max-sm:first:z-1';
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    // Focusable, so that a keyboard can scroll it (WCAG 2.1.1). No landmark: its section is one already.
    <div
      role="group"
      aria-label={caption}
      tabIndex={0}
      className={cn(
        'self-boxed relative w-full min-w-0 overflow-x-auto focus-visible:-outline-offset-2',
        className,
      )}
    >
      <table role="table" className={cn('tnum w-full text-sm', cards('max-sm:block'))}>
        <caption className="sr-only">{caption}</caption>
        <thead role="rowgroup" className={cn(cards('max-sm:sr-only'))}>
          <tr role="row" className="border-line border-b">
            {columns.map((column) => (
              <th
                key={column.key}
                role="columnheader"
                scope="col"
                className={cn(
                  'text-muted px-3 py-3 text-xs font-medium whitespace-nowrap first:ps-5 last:pe-5 sm:first:ps-6 sm:last:pe-6',
                  column.align === 'end' ? 'text-end' : 'text-start',
                  firstStays,
                  column.priority === 'low' && 'sm:max-lg:hidden',
                )}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className={cn('divide-line divide-y', cards('max-sm:block'))}>
          {rows.map((row) => (
            <tr role="row" key={rowKey(row)} className={cn(cards('max-sm:block max-sm:px-5 max-sm:py-3'))}>
              {columns.map((column) => (
                <td
                  key={column.key}
                  role="cell"
                  className={cn(
                    'align-middle sm:px-3 sm:py-3.5 sm:first:ps-6 sm:last:pe-6 max-sm:[&_a]:inline-flex max-sm:[&_a]:min-h-11 max-sm:[&_a]:items-center',
                    isCards
                      ? 'max-sm:flex max-sm:items-baseline max-sm:justify-between max-sm:gap-4 max-sm:py-1.5 max-sm:[&_a]:justify-end'
                      : 'max-sm:px-3 max-sm:py-2 max-sm:whitespace-nowrap max-sm:first:ps-5 max-sm:last:pe-5',
                    firstStays,
                    column.align === 'end' && 'text-end',
                    column.priority === 'low' && 'sm:max-lg:hidden',
                  )}
                >
                  {isCards && column.header && (
                    <span
                      aria-hidden
                      className="text-muted shrink-0 text-start text-xs font-medium sm:hidden"
                    >
                      {column.header}
                    </span>
                  )}
                  <div className={cn('min-w-0', cards('max-sm:text-end'))}>{cellOf(column, row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
