import { useState } from 'react';
import type { ResolvedVariable, Variable } from '../api/dashboards';
import { Icon } from '../components/Icon';
import { Popover } from '../components/Popover';
import styles from './Controls.module.css';
import { ALL, choose, selectedText } from './variables';

export interface Props {
  variables: Variable[];
  resolved: ResolvedVariable[];
  onChange: (name: string, values: string[]) => void;
}

export function VariableBar({ variables, resolved, onChange }: Props) {
  const shown = variables.filter((v) => v.hide !== 'variable' && v.type !== 'constant');
  if (shown.length === 0) return null;
  return (
    <div className={styles.variables}>
      {shown.map((variable) => {
        const value = resolved.find((r) => r.name === variable.name);
        const change = (values: string[]) => onChange(variable.name, values);
        return (
          <div key={variable.name} className={styles.variable} title={variable.description || undefined}>
            {variable.hide === 'label' ? null : (
              <span className={styles.label}>{variable.label || variable.name}</span>
            )}
            {variable.type === 'textbox' ? (
              <TextVariable
                key={value?.current[0]}
                name={variable.label || variable.name}
                value={value?.current[0] ?? ''}
                onChange={change}
              />
            ) : (
              <VariableSelect variable={variable} value={value} onChange={change} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function TextVariable({
  name,
  value,
  onChange,
}: {
  name: string;
  value: string;
  onChange: (v: string[]) => void;
}) {
  const [text, setText] = useState(value);
  return (
    <input
      className={`input ${styles.textVariable}`}
      aria-label={name}
      value={text}
      onChange={(e) => setText(e.target.value)}
      onBlur={() => text !== value && onChange([text])}
      onKeyDown={(e) => e.key === 'Enter' && onChange([text])}
    />
  );
}

interface SelectProps {
  variable: Variable;
  value: ResolvedVariable | undefined;
  onChange: (values: string[]) => void;
}

const MAX_OPTIONS = 500;

function VariableSelect({ variable, value, onChange }: SelectProps) {
  const [search, setSearch] = useState('');
  const name = variable.label || variable.name;
  const options = value?.options ?? [];
  const withAll = variable.includeAll && !options.some((o) => o.value === ALL);
  const all = withAll ? [{ text: 'All', value: ALL }, ...options] : options;
  const found = all.filter((o) => o.text.toLowerCase().includes(search.toLowerCase())).slice(0, MAX_OPTIONS);
  const current = value?.current ?? [];
  return (
    <Popover
      label={`${name}: ${selectedText(value)}`}
      buttonClass={`btn ${styles.select}`}
      button={
        <>
          <span className="ellipsis" data-testid={`variable-${variable.name}`}>
            {selectedText(value)}
          </span>
          {value?.error ? (
            <span className="bad" title={value.error}>
              <Icon name="warn" />
            </span>
          ) : null}
          <Icon name="chevronDown" />
        </>
      }
    >
      {(close) => (
        <div className={styles.options}>
          {all.length > 6 ? (
            <input
              className="input"
              placeholder="Search"
              aria-label={`Search ${name}`}
              value={search}
              onChange={(e) => setSearch(e.target.value)}
            />
          ) : null}
          {value?.error ? <p className="bad small">{value.error}</p> : null}
          <div
            role="listbox"
            aria-label={name}
            aria-multiselectable={variable.multi}
            className={styles.listbox}
          >
            {found.map((option) => (
              <button
                key={option.value}
                type="button"
                role="option"
                aria-selected={current.includes(option.value)}
                onClick={() => {
                  onChange(choose(current, option.value, variable.multi));
                  if (!variable.multi) close();
                }}
              >
                {variable.multi ? (
                  <span className={styles.tick}>
                    {current.includes(option.value) ? <Icon name="check" /> : null}
                  </span>
                ) : null}
                <span className="ellipsis">{option.text || '(empty)'}</span>
              </button>
            ))}
          </div>
          {found.length === 0 ? <p className="muted small">Nothing to choose.</p> : null}
        </div>
      )}
    </Popover>
  );
}
