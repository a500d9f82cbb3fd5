// What stat, gauge and bar gauge share: frames reduced to shown values.
import type { FieldConfig, Panel, ReduceOptions } from '../api/dashboards';
import { boundsOf, type Display, display } from '../frames/display';
import type { Frame, PanelData } from '../frames/frame';
import { tablesToFrames } from '../frames/fromApi';
import { configOf } from '../frames/overrides';
import { reduceFrames } from '../frames/reduce';
import { resolveColor, type Theme } from '../lib/color';
import type { Zone } from '../lib/time';

export interface SingleValue {
  name: string;
  value: number | null;
  shown: Display;
  frame: Frame;
  config: FieldConfig;
  bounds: [number, number];
}

const NO_FRAME: Frame = { refId: '', name: '', labels: {}, time: [], values: [] };

/** Each value in its unit and colour. Without any data and with `noValue` configured: that one text. */
export function singleValues(
  panel: Pick<Panel, 'field' | 'overrides'>,
  reduceOptions: ReduceOptions,
  data: PanelData,
  theme: Theme,
  zone: Zone,
): SingleValue[] {
  const frames = [...data.frames, ...tablesToFrames(data.tables)];
  if (frames.length === 0 && panel.field.noValue) {
    const first = panel.field.thresholds.steps[0]?.color ?? 'text';
    const text = panel.field.noValue;
    // "0" is a number to thresholds, other words are not.
    const number = text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null;
    const shown =
      number === null
        ? { text, full: text, color: resolveColor(first, theme), percent: 0 }
        : { ...display(number, panel.field, { theme, zone }), text, full: text, suffix: '', prefix: '' };
    return [{ name: '', value: number, shown, frame: NO_FRAME, config: panel.field, bounds: [0, 100] }];
  }
  const bounds = boundsOf(
    panel.field,
    frames.flatMap((f) => f.values),
  );
  return reduceFrames(frames, reduceOptions).map((reduced, index) => {
    const config = configOf(panel.field, panel.overrides, {
      name: reduced.name,
      type: 'number',
      refId: reduced.frame.refId,
      values: reduced.frame.values,
    });
    const own: [number, number] = [config.min ?? bounds[0], config.max ?? bounds[1]];
    const shown = display(reduced.value, config, { theme, zone, bounds: own, index });
    return {
      name: config.displayName || reduced.name,
      value: reduced.value,
      shown,
      frame: reduced.frame,
      config,
      bounds: own,
    };
  });
}
