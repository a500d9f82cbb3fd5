// One uPlot instance, kept and updated.
import { type RefObject, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { Range } from '../../lib/time';
import { type buildPlot, selectedRange } from './draw';

/** Where the pointer stands over the chart; null when it left. */
export interface Hover {
  index: number;
  /** Series nearest to the pointer, by its place in the plans; -1 where none is near. */
  nearest: number;
  /** Viewport pixels. */
  x: number;
  y: number;
}

interface Handlers {
  onHover: (hover: Hover | null) => void;
  onZoom: (range: Range) => void;
  onZoomOut: () => void;
}

export function usePlot(
  host: RefObject<HTMLDivElement | null>,
  plot: ReturnType<typeof buildPlot>,
  size: { width: number; height: number },
  range: Range,
  handlers: Handlers,
): void {
  const instance = useRef<uPlot | null>(null);
  const latest = useRef({ plot, size, range, handlers });
  latest.current = { plot, size, range, handlers };
  const ready = size.width > 40 && size.height > 40;

  // A new instance only where the structure changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the options
  useEffect(() => {
    const element = host.current;
    if (!ready || !element) return;
    const made = make(element, latest);
    instance.current = made;
    return () => {
      made.destroy();
      instance.current = null;
    };
  }, [plot.signature, ready, host]);

  useEffect(() => {
    const u = instance.current;
    if (!u) return;
    if (u.width !== size.width || u.height !== size.height) u.setSize(size);
    u.batch(() => {
      u.setData(plot.data, false);
      u.setScale('x', { min: range.from, max: range.to });
    });
  }, [plot, size, range]);
}

interface Latest {
  current: {
    plot: ReturnType<typeof buildPlot>;
    size: { width: number; height: number };
    range: Range;
    handlers: Handlers;
  };
}

function make(element: HTMLElement, latest: Latest): uPlot {
  const { plot, size, range } = latest.current;
  let nearest = -1;
  const options: uPlot.Options = {
    ...plot.options,
    ...size,
    hooks: {
      setSelect: [
        (u) => {
          const selected = selectedRange(u);
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (selected) latest.current.handlers.onZoom(selected);
        },
      ],
      setSeries: [(_, series) => (nearest = (series ?? 0) - 1)],
      setCursor: [(u) => latest.current.handlers.onHover(hoverOf(u, nearest))],
    },
    cursor: {
      ...plot.options.cursor,
      bind: {
        dblclick: () => () => {
          latest.current.handlers.onZoomOut();
          return null;
        },
      },
    },
  };
  const u = new uPlot(options, plot.data, element);
  u.setScale('x', { min: range.from, max: range.to });
  return u;
}

function hoverOf(u: uPlot, nearest: number): Hover | null {
  const { left, top, idx, event } = u.cursor as uPlot.Cursor & { event?: MouseEvent };
  // A crosshair that follows another panel has no event of its own.
  if (!event || idx === null || idx === undefined || left === undefined || left < 0 || top === undefined)
    return null;
  const box = u.over.getBoundingClientRect();
  return { index: idx, nearest, x: box.left + left, y: box.top + top };
}
