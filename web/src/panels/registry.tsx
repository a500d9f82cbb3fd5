// Panel types to their components, in one table.
import type { ReactNode } from 'react';
import type { PanelType } from '../api/dashboards';
import { BarGaugePanel } from './bargauge/BarGaugePanel';
import { GaugePanel } from './gauge/GaugePanel';
import type { PanelProps } from './panelProps';
import { StatPanel } from './stat/StatPanel';
import { TablePanel } from './table/TablePanel';
import { TextPanel } from './text/TextPanel';
import { TimeseriesPanel } from './timeseries/TimeseriesPanel';
import { UnsupportedPanel } from './UnsupportedPanel';

export interface PanelKind {
  draw: (props: PanelProps) => ReactNode;
  /** Draws without any series, with a text of its own. */
  drawsEmpty: boolean;
}

function kind<T extends PanelType>(
  type: T,
  draw: (props: PanelProps<T>) => ReactNode,
  drawsEmpty = false,
): PanelKind {
  return {
    drawsEmpty,
    draw: (props) => (props.panel.type === type ? draw(props as unknown as PanelProps<T>) : null),
  };
}

const KINDS: Partial<Record<PanelType, PanelKind>> = {
  timeseries: kind('timeseries', (props) => <TimeseriesPanel {...props} />),
  stat: kind('stat', (props) => <StatPanel {...props} />),
  gauge: kind('gauge', (props) => <GaugePanel {...props} />),
  bargauge: kind('bargauge', (props) => <BarGaugePanel {...props} />),
  table: kind('table', (props) => <TablePanel {...props} />),
  text: kind('text', (props) => <TextPanel {...props} />, true),
};

const UNSUPPORTED: PanelKind = { draw: (props) => <UnsupportedPanel {...props} />, drawsEmpty: true };

export function panelKind(type: PanelType): PanelKind {
  return KINDS[type] ?? UNSUPPORTED;
}
