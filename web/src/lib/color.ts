// Colour names of dashboards and the palette of series, one table for each theme.

export type Theme = 'light' | 'dark';

type Shades = [dark: string, semiDark: string, base: string, light: string, superLight: string];

const HUES: Record<string, { dark: Shades; light: Shades }> = {
  red: {
    dark: ['#b8323f', '#d24350', '#ee5a66', '#f78790', '#fcb4b9'],
    light: ['#a01f2d', '#b92c3a', '#d13b49', '#e56a75', '#f2a3aa'],
  },
  orange: {
    dark: ['#c2610f', '#dd7a20', '#f5953b', '#fab36e', '#fdd1a6'],
    light: ['#a84c05', '#c25c0a', '#db7315', '#ec9646', '#f6bd88'],
  },
  yellow: {
    dark: ['#b38a08', '#cfa317', '#ecc12f', '#f4d565', '#fae89f'],
    light: ['#8f6d00', '#a98200', '#c69a06', '#dab53c', '#ead07f'],
  },
  green: {
    dark: ['#2f8a45', '#43a35a', '#5dbb73', '#8bd39b', '#bae8c3'],
    light: ['#1d7034', '#2a8543', '#3a9a54', '#67b57c', '#9dd2ab'],
  },
  blue: {
    dark: ['#2667b8', '#3d82d4', '#5a9cee', '#8ab9f5', '#bcd8fb'],
    light: ['#154f9b', '#2063b5', '#3178cd', '#6199dd', '#9cc0ec'],
  },
  purple: {
    dark: ['#7b46b0', '#9561c9', '#af7fe0', '#c8a5ec', '#e0cbf6'],
    light: ['#5f2f92', '#7340aa', '#8a57c2', '#a882d5', '#c9b0e6'],
  },
  teal: {
    dark: ['#0f8582', '#23a09c', '#3fbab5', '#76d1cd', '#afe5e2'],
    light: ['#056a68', '#0c807d', '#1b9692', '#52b3b0', '#92d0ce'],
  },
};

const PLAIN: Record<string, { dark: string; light: string }> = {
  white: { dark: '#ffffff', light: '#ffffff' },
  black: { dark: '#000000', light: '#000000' },
  gray: { dark: '#8d979e', light: '#7b858c' },
  grey: { dark: '#8d979e', light: '#7b858c' },
  text: { dark: '#dfe6ea', light: '#1d2529' },
  transparent: { dark: 'transparent', light: 'transparent' },
};

const SHADE: Record<string, number> = { dark: 0, 'semi-dark': 1, light: 3, 'super-light': 4 };

/** A CSS colour from a CSS colour or a name such as `semi-dark-green`. */
export function resolveColor(name: string, theme: Theme): string {
  const plain = PLAIN[name];
  if (plain) return plain[theme];
  const found = /^(?:(dark|semi-dark|light|super-light)-)?([a-z]+)$/.exec(name);
  const hue = found ? HUES[found[2] ?? ''] : undefined;
  if (!found || !hue) return name || resolveColor('green', theme);
  return hue[theme][found[1] ? (SHADE[found[1]] ?? 2) : 2] ?? hue[theme][2];
}

const SERIES: [string, number][] = [
  ['blue', 2],
  ['orange', 2],
  ['green', 2],
  ['purple', 2],
  ['yellow', 2],
  ['teal', 2],
  ['red', 2],
  ['blue', 3],
  ['orange', 3],
  ['green', 3],
  ['purple', 3],
  ['yellow', 3],
  ['teal', 3],
  ['red', 3],
  ['blue', 0],
  ['orange', 0],
  ['green', 0],
  ['purple', 0],
  ['teal', 0],
  ['yellow', 0],
];

/** The colour of the series with this index; it comes round after twenty. */
export function seriesColor(index: number, theme: Theme): string {
  const [hue, shade] = SERIES[index % SERIES.length] ?? ['blue', 2];
  return HUES[hue]?.[theme][shade] ?? '#5a9cee';
}

function channels(color: string): [number, number, number] | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color)?.[1];
  if (hex) {
    const wide = hex.length < 6 ? [...hex].map((c) => c + c).join('') : hex;
    return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16)) as [number, number, number];
  }
  const rgb = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(color);
  return rgb ? [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] : null;
}

/** The colour with an opacity (0 to 1); one that is neither hex nor rgb() is mixed by the browser. */
export function withAlpha(color: string, alpha: number): string {
  if (color === 'transparent') return color;
  const rgb = channels(color);
  if (rgb) return `rgba(${rgb[0]}, ${rgb[1]}, ${rgb[2]}, ${alpha})`;
  return `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
}

/** Black or white, whichever is read better on the colour. */
export function textOn(color: string): string {
  const rgb = channels(color);
  if (!rgb) return '#ffffff';
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.36 ? '#11181c' : '#ffffff';
}

/** Between two colours, `at` from 0 to 1. */
export function mix(a: string, b: string, at: number): string {
  const from = channels(a);
  const to = channels(b);
  if (!from || !to) return at < 0.5 ? a : b;
  const part = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * at);
  return `rgb(${part(0)}, ${part(1)}, ${part(2)})`;
}
