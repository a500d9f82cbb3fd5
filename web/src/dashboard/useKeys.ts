// Keys as in Grafana: single ones, and pairs such as `t z` within a second.
import { useEffect, useRef } from 'react';

export type Keys = Record<string, () => void>;

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.('input, textarea, select, [contenteditable="true"], .cm-editor');
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let first = '';
    let since = 0;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const key = event.key.replace(/^Arrow/, '').toLowerCase();
      const pair = first && event.timeStamp - since < 1000 ? `${first} ${key}` : '';
      const run = latest.current[pair] ?? latest.current[key];
      first = key;
      since = event.timeStamp;
      if (!run) return;
      event.preventDefault();
      first = '';
      run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
