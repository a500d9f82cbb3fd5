// Frames and options to uPlot's data and options. Pure but for uPlot's own path builders.
import uPlot from 'uplot';
import type { FieldConfig, FieldOverride } from '../../api/dashboards';
import { align, type Column, stack } from '../../frames/align';
import { mapValue, thresholdColor } from '../../frames/display';
import type { Frame } from '../../frames/frame';
import { configOf } from '../../frames/overrides';
import { reduce } from '../../frames/reduce';
import { resolveColor, seriesColor, type Theme, withAlpha } from '../../lib/color';
import { formatTick, type Range, type Zone } from '../../lib/time';
import { formatValue, isBinary } from '../../lib/units/units';

export interface SeriesPlan {
  /** Unique in the panel. */
  key: string;
  name: string;
  color: string;
  frame: Frame;
  config: FieldConfig;
  /** As measured, before stacking. */
  raw: Column;
}

export interface PlotInput {
  frames: Frame[];
  field: FieldConfig;
  overrides: FieldOverride[];
  theme: Theme;
  zone: Zone;
}

/** Every series with its name, colour and own configuration, on one time axis. */
export function planSeries(input: PlotInput): { time: number[]; plans: SeriesPlan[] } {
  const { time, columns } = align(input.frames);
  const seen = new Map<string, number>();
  const plans = input.frames.map((frame, index) => {
    const config = configOf(input.field, input.overrides, {
      name: frame.name,
      type: 'number',
      refId: frame.refId,
      values: frame.values,
    });
    const name = config.displayName || frame.name;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    const key = count === 0 ? name : `${name} (${count + 1})`;
    const column = columns[index] ?? [];
    const raw = config.custom.nullAsZero ? column.map((v) => v ?? 0) : column;
    return { key, name, color: planColor(config, frame, index, input.theme), frame, config, raw };
  });
  return { time, plans };
}

function planColor(config: FieldConfig, frame: Frame, index: number, theme: Theme): string {
  if (config.color.mode === 'fixed') return resolveColor(config.color.fixed, theme);
  if (config.color.mode === 'thresholds') {
    return resolveColor(thresholdColor(config, reduce(frame.values, 'lastNotNull'), 0), theme);
  }
  return seriesColor(index, theme);
}

interface Plot {
  data: uPlot.AlignedData;
  /** Without size and hooks. */
  options: Omit<uPlot.Options, 'width' | 'height'>;
  /** Changes when the instance must be made anew instead of only getting data. */
  signature: string;
}

/** What is drawn: hidden series keep their place (so that colours stay) but stack on nothing. */
export function buildPlot(
  time: number[],
  plans: SeriesPlan[],
  hidden: ReadonlySet<string>,
  input: PlotInput,
  syncKey: string | null,
): Plot {
  const visible = plans.map((plan) => !hidden.has(plan.key) && !plan.config.custom.hideFrom.viz);
  const { columns, bands } = stackColumns(plans, visible);
  const units = [...new Set(plans.map(scaleKey))];
  const scales: uPlot.Scales = { x: { time: true } };
  for (const key of units) scales[key] = yScale(plans.filter((plan) => scaleKey(plan) === key));
  const sync = syncKey
    ? { sync: { key: syncKey, setSeries: false, scales: ['x', null] as [string, null] } }
    : {};
  const options: Plot['options'] = {
    ms: 1,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    focus: { alpha: 1 },
    tzDate: (ms) => (input.zone === 'utc' ? uPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)),
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 1.5 },
      focus: { prox: 24 },
      ...sync,
    },
    scales,
    bands,
    axes: [xAxis(input), ...units.map((key, i) => yAxis(key, plans, input, i))],
    series: [{}, ...plans.map((plan, i) => seriesOptions(plan, visible[i] ?? true))],
  };
  const signature = JSON.stringify([
    input.theme,
    input.zone,
    syncKey,
    bands.map((band) => band.series),
    plans.map((plan, i) => [
      plan.key,
      plan.color,
      visible[i],
      scaleKey(plan),
      plan.config.custom,
      plan.config.min,
      plan.config.max,
      plan.config.decimals,
    ]),
  ]);
  return { data: [time, ...columns] as uPlot.AlignedData, options, signature };
}

function stackColumns(plans: SeriesPlan[], visible: boolean[]): { columns: Column[]; bands: uPlot.Band[] } {
  const columns = plans.map((plan) => plan.raw);
  const bands: uPlot.Band[] = [];
  for (const mode of ['normal', 'percent'] as const) {
    const members = plans
      .map((_, i) => i)
      .filter((i) => visible[i] && plans[i]?.config.custom.stacking === mode);
    const stacked = stack(
      members.map((i) => columns[i] ?? []),
      mode === 'percent',
    );
    members.forEach((member, place) => {
      columns[member] = stacked[place] ?? [];
      const below = members[place - 1];
      if (below !== undefined) bands.push({ series: [member + 1, below + 1] });
    });
  }
  return { columns, bands };
}

/** Series of one unit and side share a scale. */
function scaleKey(plan: SeriesPlan): string {
  const side = plan.config.custom.axisPlacement === 'right' ? 'right' : 'left';
  return `${side}:${plan.config.custom.stacking === 'percent' ? 'percentunit' : plan.config.unit}`;
}

function yScale(plans: SeriesPlan[]): uPlot.Scale {
  const config = plans[0]?.config;
  const fromZero = plans.some(
    (p) => p.config.custom.drawStyle === 'bars' || p.config.custom.stacking !== 'none',
  );
  const log = config?.custom.logBase === 2 || config?.custom.logBase === 10 ? config.custom.logBase : 0;
  const min = config?.min ?? null;
  const max = config?.max ?? null;
  if (log) return { distr: 3, log: log as 2 | 10 };
  return {
    range: (_, low, high) => {
      if (low === null || high === null) return [min ?? 0, max ?? 1];
      const from = fromZero ? Math.min(0, low) : low;
      const to = fromZero ? Math.max(0, high) : high;
      const soft = { pad: 0.1, soft: 0, mode: 3 as const };
      const flat = from === to;
      const [a, b] = flat
        ? from === 0
          ? [0, 1]
          : [Math.min(0, from * 2), Math.max(0, from * 2)]
        : uPlot.rangeNum(from, to, { min: soft, max: soft });
      return [min ?? a, max ?? Math.max(b ?? 1, (min ?? Number.NEGATIVE_INFINITY) + Number.EPSILON)];
    },
  };
}

const AXIS_FONT = '11px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

function lines(theme: Theme) {
  return theme === 'dark'
    ? { text: '#8f9ba3', grid: 'rgba(160, 180, 192, 0.09)' }
    : { text: '#5c6970', grid: 'rgba(40, 60, 70, 0.09)' };
}

function xAxis({ theme, zone }: PlotInput): uPlot.Axis {
  const { text, grid } = lines(theme);
  return {
    stroke: text,
    font: AXIS_FONT,
    size: 26,
    gap: 4,
    space: 72,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    values: (u, splits, _axis, _space, step) => {
      const { min, max } = u.scales.x ?? {};
      const span = (max ?? 0) - (min ?? 0);
      return splits.map((ms) => formatTick(ms, step, span, zone));
    },
  };
}

const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/** Distances of ticks that read well in the unit; undefined leaves it to uPlot. */
function increments(unit: string): number[] | undefined {
  if (isBinary(unit)) return Array.from({ length: 60 }, (_, power) => 2 ** power);
  if (unit !== 's') return undefined;
  const small = Array.from({ length: 10 }, (_, i) => 10 ** (i - 10)).flatMap((p) => [p, 2 * p, 5 * p]);
  return [...small, ...SECONDS, ...[2, 5, 10, 30, 100, 365].map((d) => d * 86_400)];
}

/** Labels with just as many decimals as tell the ticks apart. */
export function tickLabels(splits: number[], unit: string, decimals: number | null, zone: Zone): string[] {
  const plain = splits.map((v) => formatValue(v, unit, decimals, zone, true));
  if (decimals !== null && new Set(plain).size === plain.length) return plain;
  if (new Set(plain).size === plain.length) return plain;
  for (let places = 1; places < 8; places += 1) {
    const texts = splits.map((v) => formatValue(v, unit, places, zone));
    if (new Set(texts).size === texts.length) return texts;
  }
  return plain;
}

function yAxis(key: string, plans: SeriesPlan[], { theme, zone }: PlotInput, index: number): uPlot.Axis {
  const { text, grid } = lines(theme);
  const own = plans.find((plan) => scaleKey(plan) === key);
  const unit = key.slice(key.indexOf(':') + 1);
  const incrs = increments(unit);
  const hidden = plans.every((p) => scaleKey(p) !== key || p.config.custom.axisPlacement === 'hidden');
  return {
    scale: key,
    show: !hidden,
    side: key.startsWith('right') || index > 0 ? 1 : 3,
    stroke: text,
    font: AXIS_FONT,
    gap: 6,
    grid: { show: index === 0, stroke: grid, width: 1 },
    ticks: { show: false },
    ...(incrs ? { incrs } : {}),
    values: (_, splits) => {
      const labels = tickLabels(splits, unit, own?.config.decimals ?? null, zone);
      return splits.map((v, i) => mapValue(own?.config.mappings ?? [], v)?.text || (labels[i] ?? ''));
    },
    size: (u, values, axisIndex, cycle) => {
      const axis = u.axes[axisIndex] as (uPlot.Axis & { _size?: number }) | undefined;
      if (cycle > 1) return axis?._size ?? 50;
      const longest = (values ?? []).reduce((a, b) => (b.length > a.length ? b : a), '');
      if (!longest) return 30;
      u.ctx.font = AXIS_FONT;
      return Math.ceil(u.ctx.measureText(longest).width) + 14;
    },
  };
}

function seriesOptions(plan: SeriesPlan, show: boolean): uPlot.Series {
  const { custom } = plan.config;
  const points = custom.drawStyle === 'points' || custom.showPoints === 'always';
  const size = Math.max(3, custom.pointSize || 5);
  const width = custom.drawStyle === 'points' ? 0 : custom.lineWidth;
  const series: uPlot.Series = {
    label: plan.key,
    scale: scaleKey(plan),
    show,
    stroke: plan.color,
    width,
    spanGaps: custom.spanNulls,
    points: points
      ? { show: true, size, fill: plan.color, stroke: plan.color, width: 1 }
      : custom.showPoints === 'never' || custom.drawStyle === 'bars'
        ? {
            show: custom.drawStyle === 'bars' ? false : loneOnly,
            size: 4,
            fill: plan.color,
            width: 0,
            filter: lonePoints,
          }
        : { size: 4, fill: plan.color, stroke: plan.color, width: 1 },
  };
  if (custom.fillOpacity > 0 && custom.drawStyle !== 'points') {
    series.fill = withAlpha(plan.color, Math.min(1, custom.fillOpacity / 100));
  }
  const paths = pathBuilder(plan.config);
  if (paths) series.paths = paths;
  return series;
}

/** A sample without neighbours would be invisible as a line: it is drawn as a point. */
function loneOnly(): boolean {
  return true;
}

function lonePoints(u: uPlot, series: number): number[] {
  const values = u.data[series] ?? [];
  const found: number[] = [];
  const gone = (v: unknown) => v === null || v === undefined;
  for (let i = 0; i < values.length; i += 1) {
    if (gone(values[i])) continue;
    if (gone(values[i - 1]) && gone(values[i + 1])) found.push(i);
  }
  return found;
}

function pathBuilder({ custom }: FieldConfig): uPlot.Series.PathBuilder | undefined {
  const { bars, spline, stepped, linear } = uPlot.paths;
  if (custom.drawStyle === 'bars') return bars?.({ size: [0.85, 64, 1], gap: 1 });
  if (custom.drawStyle === 'points') return () => null;
  if (custom.interpolation === 'smooth') return spline?.();
  if (custom.interpolation === 'stepAfter') return stepped?.({ align: 1 });
  if (custom.interpolation === 'stepBefore') return stepped?.({ align: -1 });
  return linear?.();
}

/** A selection in pixels as a range; null where it is too small to be meant. */
export function selectedRange(u: uPlot): Range | null {
  const { left, width } = u.select;
  if (width < 5) return null;
  const from = Math.round(u.posToVal(left, 'x'));
  const to = Math.round(u.posToVal(left + width, 'x'));
  return to > from ? { from, to } : null;
}
