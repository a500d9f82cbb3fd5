import type { PageProps } from '../../App';

export function StatusPage(_: PageProps) {
  return <div className="page" />;
}
