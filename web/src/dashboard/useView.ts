// The view state of a dashboard: decoded from the address, changed by changing the address.
import { useCallback, useMemo } from 'react';
import type { Range } from '../lib/time';
import { decodeView, encodeView, type ViewState } from '../lib/url';
import { setSearch, usePlace } from '../router';

export interface View {
  view: ViewState;
  change: (part: Partial<ViewState>) => void;
  zoomTo: (range: Range) => void;
}

export function useView(): View {
  const { search } = usePlace();
  const view = useMemo(() => decodeView(search), [search]);
  const change = useCallback((part: Partial<ViewState>) => {
    const now = location.search;
    setSearch(encodeView({ ...decodeView(now), ...part }, now));
  }, []);
  const zoomTo = useCallback(
    (range: Range) => change({ range: { from: String(range.from), to: String(range.to) } }),
    [change],
  );
  return { view, change, zoomTo };
}
