import type { PageProps } from '../../App';

export function HomePage(_: PageProps) {
  return <div className="page" />;
}
