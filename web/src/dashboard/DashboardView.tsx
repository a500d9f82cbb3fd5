import { useIsFetching } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { errorText } from '../api/client';
import { type Dashboard, useExpansion } from '../api/dashboards';
import { Icon } from '../components/Icon';
import { Message } from '../components/Message';
import { useSize } from '../components/useSize';
import { saveSettings, useSettings, useTheme } from '../lib/settings';
import { pan, parseDuration, resolveRange, zoomOut } from '../lib/time';
import styles from './Dashboard.module.css';
import { dataPoints } from './grid';
import { KeyHelp } from './KeyHelp';
import { Notes } from './Notes';
import { PanelGrid } from './PanelGrid';
import { RefreshPicker } from './RefreshPicker';
import { TimePicker } from './TimePicker';
import { useClock } from './useClock';
import { useKeys } from './useKeys';
import { useView } from './useView';
import { VariableBar } from './VariableBar';
import { ALL } from './variables';

const ONE_COLUMN_BELOW_PX = 760;

export function DashboardView({ dashboard }: { dashboard: Dashboard }) {
  const host = useRef<HTMLDivElement>(null);
  const { width } = useSize(host);
  const { view, change, zoomTo } = useView();
  const settings = useSettings();
  const theme = useTheme();
  const zone = dashboard.timezone === 'utc' ? 'utc' : settings.zone;
  const raw = view.range ?? dashboard.time;
  const refresh = view.refresh ?? dashboard.refresh;
  const clock = useClock(parseDuration(refresh));
  const range = useMemo(() => resolveRange(raw, clock.nowMs, zone), [raw, clock.nowMs, zone]);
  const oneColumn = width > 0 && width < ONE_COLUMN_BELOW_PX;
  const request = useMemo(() => {
    if (width === 0) return undefined;
    const panels = dashboard.panels.filter((p) => p.type !== 'row' && p.queries.length > 0);
    const points = panels.map(
      (p) =>
        [
          p.key,
          view.viewPanel === p.key ? Math.floor(width / 50) * 50 : dataPoints(p.grid.w, width, oneColumn),
        ] as const,
    );
    return {
      variables: view.variables,
      from: range.from,
      to: range.to,
      maxDataPoints: Object.fromEntries(points),
    };
  }, [dashboard.panels, width, oneColumn, view.variables, view.viewPanel, range]);
  const expansion = useExpansion(dashboard.uid, request, clock.nowMs);
  const { from: shownFrom, to: shownTo, askedAt = 0 } = expansion.data ?? {};
  // What the panels show: the range that their queries were made for, not one that is still being prepared.
  const shown = useMemo(
    () => ({ from: shownFrom ?? range.from, to: shownTo ?? range.to }),
    [shownFrom, shownTo, range],
  );
  const busy = useIsFetching({ queryKey: ['panel'] }) > 0;
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const [help, setHelp] = useState(false);
  const pointed = useRef<string | null>(null);
  const onPoint = useCallback((key: string | null) => (pointed.current = key), []);
  const onZoomOut = useCallback(() => zoomTo(zoomOut(range)), [zoomTo, range]);
  const onFull = useCallback(
    (key: string) => change({ viewPanel: view.viewPanel === key ? null : key }),
    [change, view.viewPanel],
  );
  const rows = dashboard.panels.filter((p) => p.type === 'row');
  const setRows = (state: boolean) =>
    setOpen(
      Object.fromEntries(
        (expansion.data?.panels ?? [])
          .filter((p) => rows.some((r) => r.key === p.source))
          .map((p) => [p.key, state]),
      ),
    );
  useKeys({
    r: clock.refresh,
    'd r': clock.refresh,
    't z': onZoomOut,
    't left': () => zoomTo(pan(range, -1)),
    't right': () => zoomTo(pan(range, 1)),
    'd c': () => setRows(false),
    'd e': () => setRows(true),
    v: () => pointed.current && onFull(pointed.current),
    escape: () => view.viewPanel !== null && change({ viewPanel: null }),
    '?': () => setHelp(true),
  });
  const setVariable = (name: string, values: string[]) => {
    const clean = values.length > 1 ? values.filter((v) => v !== ALL) : values;
    change({ variables: { ...view.variables, [name]: clean } });
  };
  return (
    <div className={styles.page} data-full={view.viewPanel !== null}>
      <div className={styles.bar}>
        {view.viewPanel !== null ? (
          <button type="button" className="btn" onClick={() => change({ viewPanel: null })}>
            <Icon name="back" /> Dashboard
          </button>
        ) : null}
        <h1 className="ellipsis">{dashboard.title}</h1>
        <span className="grow" />
        <div className={styles.controls}>
          <TimePicker raw={raw} range={range} zone={zone} onChange={(next) => change({ range: next })} />
          <button
            type="button"
            className="btn icon"
            title="Zoom out (t z)"
            aria-label="Zoom out"
            onClick={onZoomOut}
          >
            <Icon name="zoomOut" />
          </button>
          <RefreshPicker
            value={refresh}
            choices={dashboard.refreshIntervals}
            busy={busy}
            onRefresh={clock.refresh}
            onChange={(next) => change({ refresh: next })}
          />
          <button
            type="button"
            className={`btn icon quiet ${styles.helpButton}`}
            title="Keys (?)"
            aria-label="Keys and gestures"
            onClick={() => setHelp(true)}
          >
            <Icon name="help" />
          </button>
        </div>
      </div>
      <VariableBar
        variables={dashboard.variables}
        resolved={expansion.data?.variables ?? []}
        onChange={setVariable}
      />
      <Notes notes={[...dashboard.notes, ...(expansion.data?.notes ?? [])]} />
      {expansion.error ? (
        <div className={styles.failed} role="alert">
          The variables could not be read: {errorText(expansion.error)}
        </div>
      ) : null}
      <div ref={host} className={styles.grid}>
        {expansion.data ? (
          <PanelGrid
            dashboard={dashboard}
            panels={expansion.data.panels}
            full={view.viewPanel}
            oneColumn={oneColumn}
            open={open}
            onToggleRow={(key, state) => setOpen((old) => ({ ...old, [key]: state }))}
            panelProps={{ range: shown, askedAt, theme, zone, onZoom: zoomTo, onZoomOut, onFull, onPoint }}
          />
        ) : expansion.error ? null : (
          <Message kind="loading" title="Loading" />
        )}
      </div>
      {help ? <KeyHelp onClose={() => setHelp(false)} /> : null}
      {dashboard.timezone === 'utc' && settings.zone !== 'utc' ? (
        <p className="muted small">
          This dashboard shows UTC.{' '}
          <button type="button" className={styles.link} onClick={() => saveSettings({ zone: 'utc' })}>
            Use UTC everywhere
          </button>
        </p>
      ) : null}
    </div>
  );
}
