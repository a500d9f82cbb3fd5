import { useMemo, useState } from 'react';
import { display } from '../../frames/display';
import type { Table } from '../../frames/frame';
import { type Theme, textOn, withAlpha } from '../../lib/color';
import type { Zone } from '../../lib/time';
import type { PanelProps } from '../panelProps';
import { ColumnFilter } from './ColumnFilter';
import {
  alignOf,
  type Column,
  columnsOf,
  filterRows,
  footerValues,
  nextSort,
  type Sort,
  sortRowsBy,
} from './rows';
import styles from './Table.module.css';

const PAGE = 200;

export function TablePanel({ panel, data, theme, zone }: PanelProps<'table'>) {
  const [frame, setFrame] = useState(0);
  const [picked, setSort] = useState<Sort | null | undefined>(undefined);
  const [filters, setFilters] = useState<Record<string, string[]>>({});
  const [limit, setLimit] = useState(PAGE);
  const table: Table | undefined = data.tables[frame] ?? data.tables[0];
  const columns = useMemo(() => (table ? columnsOf(table, panel, zone) : []), [table, panel, zone]);
  const initial = panel.options.sortBy[0];
  const sort = picked === undefined ? (initial ? { name: initial.field, desc: initial.desc } : null) : picked;
  const rows = useMemo(
    () => (table ? sortRowsBy(filterRows(table.length, columns, filters), columns, sort) : []),
    [table, columns, filters, sort],
  );
  if (!table) return null;
  const footer = panel.options.footer.show ? footerValues(columns, rows, panel.options.footer, zone) : null;
  return (
    <div className={styles.host}>
      {data.tables.length > 1 ? (
        <select
          className="input"
          value={frame}
          aria-label="Table"
          onChange={(e) => setFrame(Number(e.target.value))}
        >
          {data.tables.map((other, i) => (
            <option key={i} value={i}>
              {other.fields.find((f) => f.type === 'number')?.name ?? other.refId}
            </option>
          ))}
        </select>
      ) : null}
      <section className={styles.scroll} aria-label="Table, scrollable">
        <table className={styles.table} data-testid="table">
          {panel.options.showHeader ? (
            <thead>
              <tr>
                {columns.map((column) => (
                  <th
                    key={column.name}
                    style={{ width: column.config.custom.width ?? undefined, textAlign: alignOf(column) }}
                    aria-sort={
                      sort?.name === column.name ? (sort.desc ? 'descending' : 'ascending') : undefined
                    }
                  >
                    <button type="button" onClick={() => setSort(nextSort(sort, column.name))}>
                      {column.title}
                    </button>
                    {column.config.custom.filterable ? (
                      <ColumnFilter
                        column={column}
                        chosen={filters[column.name]}
                        onChoose={(chosen) => setFilters((old) => ({ ...old, [column.name]: chosen }))}
                      />
                    ) : null}
                  </th>
                ))}
              </tr>
            </thead>
          ) : null}
          <tbody>
            {rows.slice(0, limit).map((row) => (
              <tr key={row} data-testid="table-row">
                {columns.map((column) => (
                  <TableCell key={column.name} column={column} row={row} theme={theme} zone={zone} />
                ))}
              </tr>
            ))}
          </tbody>
          {footer ? (
            <tfoot>
              <tr>
                {columns.map((column, i) => (
                  <td key={column.name} style={{ textAlign: alignOf(column) }}>
                    {footer[i]}
                  </td>
                ))}
              </tr>
            </tfoot>
          ) : null}
        </table>
        {rows.length > limit ? (
          <button type="button" className={`btn ${styles.more}`} onClick={() => setLimit(limit + PAGE * 5)}>
            Show more ({rows.length - limit} rows left)
          </button>
        ) : null}
        {rows.length === 0 && table.length > 0 ? (
          <p className={styles.none}>No row passes the filters.</p>
        ) : null}
      </section>
    </div>
  );
}

interface CellProps {
  column: Column;
  row: number;
  theme: Theme;
  zone: Zone;
}

function TableCell({ column, row, theme, zone }: CellProps) {
  const value = column.values[row] ?? null;
  const { cell } = column.config.custom;
  const shown = display(value, column.config, { theme, zone, bounds: column.bounds, index: column.index });
  const style: React.CSSProperties = { textAlign: alignOf(column) };
  const color = shown.color ?? 'transparent';
  if (cell === 'color-background' && color !== 'transparent') {
    style.background = color;
    style.color = textOn(color);
  } else if (cell === 'color-text') style.color = color;
  else if (cell === 'gauge' && typeof value === 'number') {
    style.background = `linear-gradient(to right, ${withAlpha(color, 0.35)} ${shown.percent * 100}%, transparent 0)`;
  }
  return (
    <td style={style} title={shown.full} data-field={column.name} data-raw={value ?? ''}>
      {shown.full}
    </td>
  );
}
