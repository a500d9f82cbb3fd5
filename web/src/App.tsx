import { type ComponentType, type LazyExoticComponent, lazy, Suspense, useEffect } from 'react';
import { ErrorBoundary } from './components/ErrorBoundary';
import { Header } from './components/Header';
import { Message } from './components/Message';
import { useTheme } from './lib/settings';
import { usePlace } from './router';

/** What a page gets from its address. */
export interface PageProps {
  params: string[];
}

interface Route {
  path: RegExp;
  page: LazyExoticComponent<ComponentType<PageProps>>;
}

const HomePage = lazy(() => import('./pages/home/HomePage').then((m) => ({ default: m.HomePage })));
const DashboardPage = lazy(() =>
  import('./dashboard/DashboardPage').then((m) => ({ default: m.DashboardPage })),
);
const ExplorePage = lazy(() =>
  import('./pages/explore/ExplorePage').then((m) => ({ default: m.ExplorePage })),
);
const AlertsPage = lazy(() => import('./pages/alerts/AlertsPage').then((m) => ({ default: m.AlertsPage })));
const TargetsPage = lazy(() =>
  import('./pages/targets/TargetsPage').then((m) => ({ default: m.TargetsPage })),
);
const StatusPage = lazy(() => import('./pages/status/StatusPage').then((m) => ({ default: m.StatusPage })));

const ROUTES: Route[] = [
  { path: /^\/(?:home|dashboards)?\/?$/, page: HomePage },
  { path: /^\/d\/([^/]+)(?:\/[^/]*)?\/?$/, page: DashboardPage },
  { path: /^\/(?:explore|graph|query)\/?$/, page: ExplorePage },
  { path: /^\/(?:alerts|rules|alerting)\/?$/, page: AlertsPage },
  { path: /^\/(?:targets|service-discovery)\/?$/, page: TargetsPage },
  { path: /^\/(?:status|config|flags|tsdb-status)\/?$/, page: StatusPage },
];

export function App() {
  const { pathname } = usePlace();
  const theme = useTheme();
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  let page = (
    <Message kind="empty" title="There is no such page." hint={`No page has the address ${pathname}.`} />
  );
  for (const route of ROUTES) {
    const found = route.path.exec(pathname);
    if (!found) continue;
    const Page = route.page;
    page = <Page params={found.slice(1).map(decodePart)} />;
    break;
  }
  return (
    <>
      <Header />
      <main id="main">
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Message kind="loading" title="Loading" />}>{page}</Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}

function decodePart(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return part ?? '';
  }
}
