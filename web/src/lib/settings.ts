// Taste lives in localStorage, through one hook.
import { useSyncExternalStore } from 'react';
import type { Theme } from './color';
import type { Zone } from './time';

export interface Settings {
  theme: Theme | 'system';
  zone: Zone;
}

const DEFAULTS: Settings = { theme: 'system', zone: 'browser' };
const KEY = 'weir.settings';
const listeners = new Set<() => void>();

function read(): Settings {
  let stored: Partial<Settings> = {};
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>;
  } catch {
    // A browser that forbids storage gets the defaults.
  }
  const theme = new URLSearchParams(location.search).get('theme') ?? stored.theme;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
    zone: stored.zone === 'utc' ? 'utc' : 'browser',
  };
}

let current: Settings | null = null;

function snapshot(): Settings {
  current ??= read();
  return current;
}

export function saveSettings(change: Partial<Settings>): void {
  current = { ...snapshot(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Then the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, snapshot);
}

const darkQuery = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

function subscribeDark(listener: () => void): () => void {
  darkQuery?.addEventListener('change', listener);
  return () => darkQuery?.removeEventListener('change', listener);
}

/** The theme that is drawn now. */
export function useTheme(): Theme {
  const { theme } = useSettings();
  const dark = useSyncExternalStore(subscribeDark, () => darkQuery?.matches ?? true);
  if (theme !== 'system') return theme;
  return dark ? 'dark' : 'light';
}
