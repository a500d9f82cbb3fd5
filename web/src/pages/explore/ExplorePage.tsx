import type { PageProps } from '../../App';

export function ExplorePage(_: PageProps) {
  return <div className="page" />;
}
