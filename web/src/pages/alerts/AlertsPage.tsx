import type { PageProps } from '../../App';

export function AlertsPage(_: PageProps) {
  return <div className="page" />;
}
