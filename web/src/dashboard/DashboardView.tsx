import { useCallback, useMemo, useRef, useState } from 'react';
import { errorText } from '../api/client';
import { type Dashboard, type Expanded, useExpansion } from '../api/dashboards';
import { Message } from '../components/Message';
import { useSize } from '../components/useSize';
import { useSettings, useTheme } from '../lib/settings';
import { pan, parseDuration, type Range, resolveRange, zoomOut } from '../lib/time';
import styles from './Dashboard.module.css';
import { KeyHelp } from './KeyHelp';
import { Notes } from './Notes';
import { PanelGrid } from './PanelGrid';
import { expandRequest } from './request';
import { Toolbar } from './Toolbar';
import { useClock } from './useClock';
import { useKeys } from './useKeys';
import { useView } from './useView';
import { VariableBar } from './VariableBar';
import { withoutAll } from './variables';

const ONE_COLUMN_BELOW_PX = 760;

/** What the panels show: the range that their queries were made for, not one that is still being prepared. */
function useShownRange(expanded: Expanded | undefined, range: Range): Range {
  const { from = range.from, to = range.to } = expanded ?? {};
  return useMemo(() => ({ from, to }), [from, to]);
}

export function DashboardView({ dashboard }: { dashboard: Dashboard }) {
  const host = useRef<HTMLDivElement>(null);
  const { width } = useSize(host);
  const { view, change, zoomTo } = useView();
  const settings = useSettings();
  const theme = useTheme();
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const [help, setHelp] = useState(false);
  const pointed = useRef<string | null>(null);

  const zone = dashboard.timezone === 'utc' ? 'utc' : settings.zone;
  const raw = view.range ?? dashboard.time;
  const refresh = view.refresh ?? dashboard.refresh;
  const clock = useClock(parseDuration(refresh));
  const range = useMemo(() => resolveRange(raw, clock.nowMs, zone), [raw, clock.nowMs, zone]);
  const oneColumn = width > 0 && width < ONE_COLUMN_BELOW_PX;
  const request = useMemo(
    () => expandRequest(dashboard, view, range, width, oneColumn),
    [dashboard, view, range, width, oneColumn],
  );
  const { data: expanded, error } = useExpansion(dashboard.uid, request, clock.nowMs);
  const shown = useShownRange(expanded, range);

  const onPoint = useCallback((key: string | null) => {
    pointed.current = key;
  }, []);
  const onZoomOut = useCallback(() => zoomTo(zoomOut(range)), [zoomTo, range]);
  const onFull = useCallback(
    (key: string) => change({ viewPanel: view.viewPanel === key ? null : key }),
    [change, view.viewPanel],
  );
  const setRows = (state: boolean) => {
    const rows = new Set(dashboard.panels.filter((p) => p.type === 'row').map((p) => p.key));
    const all = (expanded?.panels ?? []).filter((p) => rows.has(p.source));
    setOpen(Object.fromEntries(all.map((p) => [p.key, state])));
  };
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
  const setVariable = (name: string, values: string[]) =>
    change({ variables: { ...view.variables, [name]: withoutAll(values) } });
  const askedAt = expanded?.askedAt ?? 0;
  const panelProps = {
    range: shown,
    askedAt,
    theme,
    zone,
    onZoom: zoomTo,
    onZoomOut,
    onFull,
    onPoint,
  } as const;
  return (
    <div className={styles.page} data-full={view.viewPanel !== null}>
      <Toolbar
        dashboard={dashboard}
        view={view}
        raw={raw}
        range={range}
        refresh={refresh}
        zone={zone}
        onChange={change}
        onRefresh={clock.refresh}
        onZoomOut={onZoomOut}
        onHelp={() => setHelp(true)}
      />
      <VariableBar
        variables={dashboard.variables}
        resolved={expanded?.variables ?? []}
        onChange={setVariable}
      />
      <Notes notes={[...dashboard.notes, ...(expanded?.notes ?? [])]} />
      {error ? (
        <div className={styles.failed} role="alert">
          The variables could not be read: {errorText(error)}
        </div>
      ) : null}
      <div ref={host} className={styles.grid}>
        {expanded ? (
          <PanelGrid
            dashboard={dashboard}
            panels={expanded.panels}
            full={view.viewPanel}
            oneColumn={oneColumn}
            open={open}
            onToggleRow={(key, state) => setOpen((old) => ({ ...old, [key]: state }))}
            panelProps={panelProps}
          />
        ) : error ? null : (
          <Message kind="loading" title="Loading" />
        )}
      </div>
      {help ? <KeyHelp onClose={() => setHelp(false)} /> : null}
    </div>
  );
}
