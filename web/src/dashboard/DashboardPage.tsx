import { useEffect } from 'react';
import type { PageProps } from '../App';
import { errorText } from '../api/client';
import { type Dashboard, useDashboard } from '../api/dashboards';
import { Message } from '../components/Message';
import { Link, navigate } from '../router';
import { DashboardView } from './DashboardView';

export function DashboardPage({ params }: PageProps) {
  const uid = params[0] ?? '';
  const { data, error } = useDashboard(uid);
  useEffect(() => {
    if (data) settle(data);
  }, [data]);
  if (data) return <DashboardView key={data.uid} dashboard={data} />;
  if (!error) return <Message kind="loading" title="Loading the dashboard" />;
  return (
    <Message kind="failed" title={`The dashboard ${uid} could not be read.`} hint={errorText(error)}>
      <Link to="/" className="btn">
        All dashboards
      </Link>
    </Message>
  );
}

/** The tab's title, and the address with the dashboard's own uid and slug. */
function settle(dashboard: Dashboard): void {
  document.title = `${dashboard.title} · Weir`;
  const path = `/d/${encodeURIComponent(dashboard.uid)}/${dashboard.slug}`;
  if (location.pathname !== path) navigate(path + location.search, true);
}
