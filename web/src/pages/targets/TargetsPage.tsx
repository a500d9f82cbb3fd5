import type { PageProps } from '../../App';

export function TargetsPage(_: PageProps) {
  return <div className="page" />;
}
