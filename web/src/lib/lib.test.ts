import { describe, expect, it } from 'vitest';
import { mix, resolveColor, seriesColor, textOn, withAlpha } from './color';
import { framesCsv, tableCsv } from './csv';
import { fillLegend, formatMetric, seriesName } from './labels';
import { byteToIndex, splitSpans } from './spans';
import { decodeExplore, decodeView, encodeExplore, encodeView, writeSpan } from './url';

describe('view state in the address', () => {
  it('reads what Grafana writes', () => {
    const view = decodeView(
      '?orgId=1&from=now-6h&to=now&refresh=10s&var-namespace=a&var-namespace=b&var-kind=All&viewPanel=8',
    );
    expect(view).toEqual({
      range: { from: 'now-6h', to: 'now' },
      refresh: '10s',
      variables: { namespace: ['a', 'b'], kind: ['$__all'] },
      viewPanel: '8',
    });
  });

  it('writes it back and keeps what is not ours', () => {
    const search = '?theme=light&from=now-1h&to=now&var-x=1';
    const view = { ...decodeView(search), variables: { x: ['$__all'], y: ['a&b', 'c'] }, refresh: '' };
    const encoded = encodeView(view, search);
    expect(decodeView(encoded)).toEqual(view);
    expect(encoded).toContain('theme=light');
    expect(encoded).toContain('var-x=$__all');
  });

  it('is empty for the defaults', () => {
    expect(encodeView(decodeView(''), '')).toBe('');
  });

  it('keeps an explored query under the names of Prometheus', () => {
    const state = {
      expr: 'sum(rate(x{a="b"}[5m]))',
      tab: 'graph' as const,
      rangeS: 5400,
      endMs: 1_795_482_123_000,
      stacked: true,
    };
    expect(decodeExplore(encodeExplore(state))).toEqual(state);
    expect(decodeExplore('?g0.expr=up&g0.tab=0&g0.range_input=2h')).toMatchObject({
      expr: 'up',
      tab: 'graph',
      rangeS: 7200,
    });
    expect(decodeExplore('?g0.expr=up&g0.tab=1').tab).toBe('table');
    expect(writeSpan(93_784)).toBe('1d2h3m4s');
  });
});

describe('labels', () => {
  it('writes a metric', () => {
    expect(formatMetric({ __name__: 'up', b: '2', a: '"1"' })).toBe('up{a="\\"1\\"", b="2"}');
    expect(formatMetric({ __name__: 'up' })).toBe('up');
    expect(formatMetric({})).toBe('{}');
    expect(formatMetric({ __name__: 'http.requests', 'k8s.pod': 'x' })).toBe(
      '{"http.requests", "k8s.pod"="x"}',
    );
  });

  it('fills legends', () => {
    expect(fillLegend('{{kind}}/{{ name }} {{missing}}', { kind: 'K', name: 'n' })).toBe('K/n ');
    expect(seriesName('', 'sum(x)', {}, [{}])).toBe('sum(x)');
    expect(seriesName('__auto', 'x', { pod: 'a' }, [{ pod: 'a' }, { pod: 'b' }])).toBe('a');
    expect(seriesName('__auto', 'x', { pod: 'a', ns: 'b' }, [{ pod: 'a', ns: 'b' }])).toBe(
      '{ns="b", pod="a"}',
    );
  });
});

describe('spans', () => {
  it('cuts at bytes', () => {
    expect(byteToIndex('aé日x', 3)).toBe(2);
    expect(byteToIndex('aé日x', 6)).toBe(3);
    const spans = splitSpans('sum(é_x) + y', [{ start: 4, end: 8 }]);
    expect(spans.map((s) => [s.text, s.marks.length])).toEqual([
      ['sum(', 0],
      ['é_x', 1],
      [') + y', 0],
    ]);
  });

  it('keeps the text whole when marks are beyond it', () => {
    expect(splitSpans('up', [{ start: 5, end: 9 }])).toEqual([{ text: 'up', marks: [] }]);
  });
});

describe('colors', () => {
  it('knows names, shades and CSS', () => {
    expect(resolveColor('green', 'dark')).toBe('#5dbb73');
    expect(resolveColor('semi-dark-green', 'dark')).not.toBe(resolveColor('green', 'dark'));
    expect(resolveColor('#EAB839', 'light')).toBe('#EAB839');
    expect(resolveColor('transparent', 'light')).toBe('transparent');
    expect(seriesColor(20, 'dark')).toBe(seriesColor(0, 'dark'));
  });

  it('computes', () => {
    expect(withAlpha('#ff0000', 0.5)).toBe('rgba(255, 0, 0, 0.5)');
    expect(withAlpha('rebeccapurple', 0.5)).toContain('color-mix');
    expect(textOn('#ffff00')).toBe('#11181c');
    expect(textOn('#102030')).toBe('#ffffff');
    expect(mix('#000000', '#ffffff', 0.5)).toBe('rgb(128, 128, 128)');
  });
});

describe('csv', () => {
  it('quotes, and defuses formulas', () => {
    const table = {
      refId: 'A',
      length: 2,
      fields: [
        { name: 'Time', type: 'time' as const, values: [0, 1000], labels: {}, refId: 'A' },
        { name: 'a,b', type: 'string' as const, values: ['=1+1', 'say "x"'], labels: {}, refId: 'A' },
        { name: 'v', type: 'number' as const, values: [-1, null], labels: {}, refId: 'A' },
      ],
    };
    expect(tableCsv(table)).toBe(
      'Time,"a,b",v\r\n1970-01-01T00:00:00.000Z,\'=1+1,-1\r\n1970-01-01T00:00:01.000Z,"say ""x""",\r\n',
    );
  });

  it('joins series on their times', () => {
    const a = { refId: 'A', name: 'a', labels: {}, time: [0, 1000], values: [1, 2] };
    const b = { refId: 'A', name: 'b', labels: {}, time: [1000], values: [3] };
    expect(framesCsv([a, b])).toBe(
      'Time,a,b\r\n1970-01-01T00:00:00.000Z,1,\r\n1970-01-01T00:00:01.000Z,2,3\r\n',
    );
  });
});
