// A safe subset of Markdown as a tree: headings, paragraphs, lists, code, rules, bold, italic, code spans, links.
// HTML stays text. Nothing here makes markup.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] };

export type Block =
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' };

const INLINE =
  /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|\*(\S(?:.*?\S)?)\*|\[([^\]]*)\]\(([^)\s]+)\)|<?(https?:\/\/[^\s<>)]+)>?/;

/** Only web addresses and places in this site; anything else is text. */
export function safeHref(href: string): string | null {
  if (/^https?:\/\//i.test(href) || /^mailto:/i.test(href)) return href;
  return /^[/#?](?!\/)/.test(href) ? href : null;
}

const MAX_DEPTH = 6;

export function parseInline(text: string, depth = 0): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  while (rest.length > 0) {
    const found = depth < MAX_DEPTH ? INLINE.exec(rest) : null;
    if (!found) break;
    if (found.index > 0) parts.push({ kind: 'text', text: rest.slice(0, found.index) });
    const [whole, code, strong, strongToo, em, label, target, bare] = found;
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (strong !== undefined || strongToo !== undefined)
      parts.push({ kind: 'strong', children: parseInline(strong ?? strongToo ?? '', depth + 1) });
    else if (em !== undefined) parts.push({ kind: 'em', children: parseInline(em, depth + 1) });
    else {
      const href = safeHref(target ?? bare ?? '');
      const shown = label ?? bare ?? '';
      if (href) parts.push({ kind: 'link', href, children: [{ kind: 'text', text: shown }] });
      else parts.push({ kind: 'text', text: shown });
    }
    rest = rest.slice(found.index + whole.length);
  }
  if (rest.length > 0) parts.push({ kind: 'text', text: rest });
  return parts;
}

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', children: parseInline(paragraph.join(' ')) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const item = /^\s*(?:([-*+])|(\d+)[.)])\s+(.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      flush();
      const end = lines.findIndex((other, at) => at > i && /^\s*```/.test(other));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(i + 1, stop).join('\n') });
      i = stop;
    } else if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(line)) {
      flush();
      blocks.push({ kind: 'rule' });
    } else if (heading) {
      flush();
      blocks.push({
        kind: 'heading',
        level: heading[1]?.length ?? 1,
        children: parseInline(heading[2] ?? ''),
      });
    } else if (item) {
      flush();
      const ordered = item[2] !== undefined;
      const last = blocks[blocks.length - 1];
      const children = parseInline(item[3] ?? '');
      const continues =
        last?.kind === 'list' && last.ordered === ordered && (lines[i - 1] ?? '').trim() !== '';
      if (continues) last.items.push(children);
      else blocks.push({ kind: 'list', ordered, items: [children] });
    } else if (line.trim() === '') flush();
    else paragraph.push(line.trim());
  }
  flush();
  return blocks;
}
