import type { ExpandedPanel, Panel } from '../api/dashboards';
import { Icon } from '../components/Icon';
import { Menu, type MenuItem } from '../components/Menu';
import type { PanelData } from '../frames/frame';
import { download, framesCsv, tableCsv } from '../lib/csv';
import { formatDateTime, type Range, type Zone } from '../lib/time';
import { decodeView, encodeExplore, encodeView } from '../lib/url';
import { navigate } from '../router';
import styles from './Panel.module.css';
import type { PanelState } from './usePanelData';

export interface Props {
  panel: Panel;
  expanded: ExpandedPanel;
  state: PanelState;
  data: PanelData;
  full: boolean;
  zone: Zone;
  range: Range;
  onFull: (key: string) => void;
}

export function PanelHeader(props: Props) {
  const { panel, expanded, state, full } = props;
  const title = expanded.title.trim();
  return (
    <header className={styles.head} data-empty={!title}>
      <h2 className="ellipsis" title={title}>
        {title}
      </h2>
      {panel.description ? (
        <span className={styles.info} title={panel.description} role="note" aria-label={panel.description}>
          <Icon name="info" />
        </span>
      ) : null}
      <span className="grow" />
      <Badges {...props} />
      {state.fetching && !state.loading ? <span className={styles.pulse} aria-hidden="true" /> : null}
      <Menu
        label={`Menu of ${title || 'the panel'}`}
        className={styles.menu}
        items={() => menuItems(props)}
        button={<Icon name={full ? 'close' : 'menu'} />}
      />
    </header>
  );
}

function Badges({ state, zone }: Props) {
  if (state.loading) return null;
  const hasData = state.data.frames.length > 0 || state.data.tables.length > 0;
  const since = state.readAt ? ` Shown as of ${formatDateTime(state.readAt, zone)}.` : '';
  return (
    <>
      {state.error && hasData ? (
        <span className="badge bad" title={`${state.error}${since}`} role="status">
          stale
        </span>
      ) : null}
      {state.warnings.length > 0 ? (
        <span className="badge warn" title={state.warnings.join('\n')}>
          warning
        </span>
      ) : null}
    </>
  );
}

function menuItems({ panel, expanded, data, full, range, onFull }: Props): MenuItem[] {
  const items: MenuItem[] = [
    { text: full ? 'Leave full screen' : 'Full screen', keys: 'v', run: () => onFull(expanded.key) },
    { text: 'Copy link', run: () => copyLink(expanded.key, range) },
  ];
  const [first] = expanded.queries;
  if (first) {
    items.push({ text: 'Explore the query', run: () => navigate(exploreAddress(expanded, panel, range)) });
    items.push({
      text: 'Download CSV',
      run: () => {
        const table = data.tables[0];
        const text = table ? tableCsv(table) : framesCsv(data.frames);
        download(`${fileName(expanded.title)}.csv`, text);
      },
    });
  }
  return items;
}

function fileName(title: string): string {
  return (
    title
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'panel'
  );
}

/** The panel alone, at the very range that is shown. */
function copyLink(key: string, range: Range): void {
  const view = { ...decodeView(location.search), viewPanel: key };
  view.range = { from: String(range.from), to: String(range.to) };
  void navigator.clipboard?.writeText(
    location.origin + location.pathname + encodeView(view, location.search),
  );
}

function exploreAddress(expanded: ExpandedPanel, panel: Panel, range: Range): string {
  const query = expanded.queries[0];
  const ended = Date.now() - range.to > 60_000;
  const state = {
    expr: query?.expr ?? '',
    tab: panel.type === 'table' || query?.instant ? ('table' as const) : ('graph' as const),
    rangeS: Math.round((range.to - range.from) / 1000),
    endMs: ended ? range.to : null,
    stacked: false,
  };
  return `/explore${encodeExplore(state)}`;
}
