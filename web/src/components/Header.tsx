import { useRules } from '../api/rules';
import { useWeirStatus } from '../api/status';
import { saveSettings, useSettings, useTheme } from '../lib/settings';
import { Link, usePlace } from '../router';
import styles from './Header.module.css';
import { Icon } from './Icon';

const LINKS: { to: string; text: string; at: RegExp }[] = [
  { to: '/', text: 'Dashboards', at: /^\/(d\/|home|dashboards|$)/ },
  { to: '/explore', text: 'Explore', at: /^\/(explore|graph|query)/ },
  { to: '/alerts', text: 'Alerts', at: /^\/(alerts|rules|alerting)/ },
  { to: '/targets', text: 'Targets', at: /^\/(targets|service-discovery)/ },
  { to: '/status', text: 'Status', at: /^\/(status|config|flags|tsdb-status)/ },
];

export function Header() {
  const { pathname } = usePlace();
  const theme = useTheme();
  const { zone } = useSettings();
  const next = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className={styles.header}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <Link to="/" className={styles.brand} aria-label="Weir, home">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <path
            d="M4 10h10c3.5 0 3.5 10 7 10h7M4 16h8c3.5 0 3.5 10 7 10h9M4 22h5c2 0 3 4 5 4"
            fill="none"
            stroke="currentColor"
            strokeWidth="3"
            strokeLinecap="round"
          />
        </svg>
        <span>weir</span>
      </Link>
      <DemoBadge />
      <nav className={styles.nav} aria-label="Pages">
        {LINKS.map((link) => (
          <Link key={link.to} to={link.to} aria-current={link.at.test(pathname) ? 'page' : undefined}>
            {link.text}
            {link.to === '/alerts' ? <FiringCount /> : null}
          </Link>
        ))}
      </nav>
      <div className={styles.side}>
        <button
          type="button"
          className={`btn quiet ${styles.zone}`}
          title="Time zone of all times shown"
          onClick={() => saveSettings({ zone: zone === 'utc' ? 'browser' : 'utc' })}
        >
          {zone === 'utc' ? 'UTC' : 'Local time'}
        </button>
        <button
          type="button"
          className="btn quiet icon"
          title={`Change to the ${next} theme`}
          aria-label={`Change to the ${next} theme`}
          onClick={() => saveSettings({ theme: next })}
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
      </div>
    </header>
  );
}

function DemoBadge() {
  const { data } = useWeirStatus();
  if (!data?.demo) return null;
  return (
    <Link to="/" className={`badge warn ${styles.demo}`} title={data.demoHint} data-testid="demo-badge">
      demo
    </Link>
  );
}

function FiringCount() {
  const { data } = useRules();
  if (!data) return null;
  let firing = 0;
  for (const group of data) {
    for (const rule of group.rules) {
      if (rule.type === 'alerting') firing += (rule.alerts ?? []).filter((a) => a.state === 'firing').length;
    }
  }
  if (firing === 0) return null;
  return (
    <span className={styles.count} title={`${firing} firing`}>
      {firing}
    </span>
  );
}
