import { useMemo, useState } from 'react';
import { Icon } from '../../components/Icon';
import { Popover } from '../../components/Popover';
import type { Column } from './rows';
import styles from './Table.module.css';

export interface Props {
  column: Column;
  chosen: string[] | undefined;
  onChoose: (chosen: string[]) => void;
}

const MAX_CHOICES = 200;

export function ColumnFilter({ column, chosen = [], onChoose }: Props) {
  const [search, setSearch] = useState('');
  const choices = useMemo(
    () => [...new Set(column.values.map((_, row) => column.textAt(row)))].sort().slice(0, MAX_CHOICES * 5),
    [column],
  );
  const shown = choices
    .filter((text) => text.toLowerCase().includes(search.toLowerCase()))
    .slice(0, MAX_CHOICES);
  const flip = (text: string) =>
    onChoose(chosen.includes(text) ? chosen.filter((c) => c !== text) : [...chosen, text]);
  const label = `Filter ${column.title}`;
  return (
    <Popover
      label={label}
      buttonClass={styles.filter}
      button={<Icon name="filter" />}
      pressed={chosen.length > 0}
    >
      {() => (
        <div className={styles.choices}>
          <input
            className="input"
            placeholder="Search"
            aria-label={`Search values of ${column.title}`}
            value={search}
            onChange={(e) => setSearch(e.target.value)}
          />
          <div className={styles.options}>
            {shown.map((text) => (
              <label key={text} className={styles.choice}>
                <input type="checkbox" checked={chosen.includes(text)} onChange={() => flip(text)} />
                <span className="ellipsis">{text || '(empty)'}</span>
              </label>
            ))}
          </div>
          <button type="button" className="btn" disabled={chosen.length === 0} onClick={() => onChoose([])}>
            Clear
          </button>
        </div>
      )}
    </Popover>
  );
}
