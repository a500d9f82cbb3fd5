// "Now" of a page: stands still between refreshes, so that all panels show the same time.
import { useCallback, useEffect, useState } from 'react';

/** `everyMs` 0: only when asked. A hidden page does not refresh; it does so when it is seen again. */
export function useClock(everyMs: number): { nowMs: number; refresh: () => void } {
  const [nowMs, setNow] = useState(() => Date.now());
  const refresh = useCallback(() => setNow(Date.now()), []);
  useEffect(() => {
    if (everyMs <= 0) return;
    const tick = () => {
      if (document.visibilityState === 'visible') refresh();
    };
    const timer = setInterval(tick, Math.max(1000, everyMs));
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [everyMs, refresh]);
  return { nowMs, refresh };
}
