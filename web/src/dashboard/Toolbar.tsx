import { useIsFetching } from '@tanstack/react-query';
import type { Dashboard } from '../api/dashboards';
import { Icon } from '../components/Icon';
import type { Range, RawRange, Zone } from '../lib/time';
import type { ViewState } from '../lib/url';
import styles from './Dashboard.module.css';
import { RefreshPicker } from './RefreshPicker';
import { TimePicker } from './TimePicker';

export interface Props {
  dashboard: Dashboard;
  view: ViewState;
  raw: RawRange;
  range: Range;
  refresh: string;
  zone: Zone;
  onChange: (part: Partial<ViewState>) => void;
  onRefresh: () => void;
  onZoomOut: () => void;
  onHelp: () => void;
}

/** Title, range, refresh. */
export function Toolbar(props: Props) {
  const { dashboard, view, onChange } = props;
  const busy = useIsFetching({ queryKey: ['panel'] }) > 0;
  return (
    <div className={styles.bar}>
      {view.viewPanel !== null ? (
        <button type="button" className="btn" onClick={() => onChange({ viewPanel: null })}>
          <Icon name="back" /> Dashboard
        </button>
      ) : null}
      <h1 className="ellipsis">{dashboard.title}</h1>
      <span className="grow" />
      <div className={styles.controls}>
        <TimePicker
          raw={props.raw}
          range={props.range}
          zone={props.zone}
          onChange={(range) => onChange({ range })}
        />
        <button
          type="button"
          className="btn icon"
          title="Zoom out (t z)"
          aria-label="Zoom out"
          onClick={props.onZoomOut}
        >
          <Icon name="zoomOut" />
        </button>
        <RefreshPicker
          value={props.refresh}
          choices={dashboard.refreshIntervals}
          busy={busy}
          onRefresh={props.onRefresh}
          onChange={(refresh) => onChange({ refresh })}
        />
        <button
          type="button"
          className={`btn icon quiet ${styles.helpButton}`}
          title="Keys (?)"
          aria-label="Keys and gestures"
          onClick={props.onHelp}
        >
          <Icon name="help" />
        </button>
      </div>
    </div>
  );
}
