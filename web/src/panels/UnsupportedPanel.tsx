import { Message } from '../components/Message';
import type { PanelProps } from './panelProps';

export function UnsupportedPanel({ panel }: PanelProps) {
  const kind = panel.type === 'logs' ? 'logs' : panel.originalType;
  const hint =
    panel.type === 'logs'
      ? 'Logs come from a log store; weir keeps metrics.'
      : 'Its queries can be read in explore.';
  return (
    <Message kind="empty" title={`Panels of the kind “${kind}” are not drawn (unsupported).`} hint={hint} />
  );
}
