// Panels as CSV files.
import type { Frame, Table } from '../frames/frame';

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  let text = String(value);
  // A spreadsheet must not take a label for a formula.
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const row = (cells: unknown[]) => cells.map(cell).join(',');

export function tableCsv(table: Table): string {
  const lines = [row(table.fields.map((f) => f.name))];
  for (let i = 0; i < table.length; i += 1) {
    lines.push(
      row(
        table.fields.map((f) => {
          const value = f.values[i];
          return f.type === 'time' && typeof value === 'number' ? new Date(value).toISOString() : value;
        }),
      ),
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** One row for each time, one column for each series. */
export function framesCsv(frames: Frame[]): string {
  const times = [...new Set(frames.flatMap((f) => f.time))].sort((a, b) => a - b);
  const columns = frames.map((f) => new Map(f.time.map((time, i) => [time, f.values[i] ?? null])));
  const lines = [row(['Time', ...frames.map((f) => f.name)])];
  for (const time of times) {
    lines.push(row([new Date(time).toISOString(), ...columns.map((column) => column.get(time))]));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Hands a file to the browser's download. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
