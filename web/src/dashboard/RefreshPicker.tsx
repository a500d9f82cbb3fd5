import { Icon } from '../components/Icon';
import { Menu } from '../components/Menu';

export interface Props {
  value: string;
  choices: string[];
  busy: boolean;
  onRefresh: () => void;
  onChange: (value: string) => void;
}

export function RefreshPicker({ value, choices, busy, onRefresh, onChange }: Props) {
  const all = [...new Set(['', ...choices, ...(value ? [value] : [])])];
  return (
    <div className="group">
      <button
        type="button"
        className="btn icon"
        aria-label="Refresh"
        title="Refresh (r)"
        aria-busy={busy}
        onClick={onRefresh}
      >
        <Icon name="refresh" />
      </button>
      <Menu
        label={value ? `Refresh every ${value}` : 'Refresh is off'}
        button={
          <>
            <span data-testid="refresh">{value || 'Off'}</span>
            <Icon name="chevronDown" />
          </>
        }
        items={() =>
          all.map((choice) => ({
            text: choice || 'Off',
            selected: choice === value,
            run: () => onChange(choice),
          }))
        }
      />
    </div>
  );
}
