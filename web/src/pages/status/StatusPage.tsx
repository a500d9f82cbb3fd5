import type { PageProps } from '../../App';
import { useConfig, useStatus, useWeirStatus } from '../../api/status';
import { Loadable } from '../../components/Loadable';
import { Tabs } from '../../components/Tabs';
import { useTitle } from '../../components/useTitle';
import { setSearch, usePlace } from '../../router';
import styles from './Status.module.css';
import { TsdbTab } from './TsdbTab';
import { words } from './words';

const TABS = [
  { id: 'runtime', text: 'Runtime' },
  { id: 'build', text: 'Build' },
  { id: 'flags', text: 'Flags' },
  { id: 'config', text: 'Configuration' },
  { id: 'tsdb', text: 'Storage' },
] as const;

type TabId = (typeof TABS)[number]['id'];

const BY_PATH: Record<string, TabId> = { '/config': 'config', '/flags': 'flags', '/tsdb-status': 'tsdb' };

export function StatusPage(_: PageProps) {
  useTitle('Status');
  const { pathname, search } = usePlace();
  const asked = new URLSearchParams(search).get('tab');
  const tab = TABS.find((t) => t.id === asked)?.id ?? BY_PATH[pathname] ?? 'runtime';
  const weir = useWeirStatus();
  return (
    <div className="page">
      <header>
        <h1>Status</h1>
        {weir.data ? <span className="badge">weir {weir.data.version}</span> : null}
        {weir.data?.remote ? <span className="badge">over {weir.data.remote}</span> : null}
        {weir.data?.demo ? <span className="badge warn">demo</span> : null}
      </header>
      <Tabs label="Status" tabs={[...TABS]} current={tab} onChange={(id) => setSearch(`?tab=${id}`, true)} />
      {tab === 'runtime' ? <Facts part="runtimeinfo" /> : null}
      {tab === 'build' ? <Facts part="buildinfo" /> : null}
      {tab === 'flags' ? <Facts part="flags" /> : null}
      {tab === 'config' ? <Config /> : null}
      {tab === 'tsdb' ? <TsdbTab /> : null}
    </div>
  );
}

function Facts({ part }: { part: 'runtimeinfo' | 'buildinfo' | 'flags' }) {
  const query = useStatus(part);
  return (
    <Loadable query={query} what={part === 'flags' ? 'flags' : 'facts'}>
      {(facts) => (
        <div className="card scroll-x">
          <table className="plain">
            <tbody>
              {Object.entries(facts).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row" className={styles.name}>
                    {part === 'flags' ? <code>--{name}</code> : words(name)}
                  </th>
                  <td className={part === 'flags' ? 'mono' : ''}>
                    {String(value) || <span className="muted">empty</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Loadable>
  );
}

function Config() {
  const query = useConfig();
  return (
    <Loadable query={query} what="configuration">
      {(yaml) => (
        <div className={`card ${styles.config}`}>
          <button type="button" className="btn" onClick={() => void navigator.clipboard?.writeText(yaml)}>
            Copy
          </button>
          <pre>{yaml}</pre>
        </div>
      )}
    </Loadable>
  );
}
