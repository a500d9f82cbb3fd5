import { type ReactNode, useMemo } from 'react';
import type { PanelProps } from '../panelProps';
import { type Block, type Inline, parseMarkdown } from './markdown';
import styles from './Text.module.css';

export function TextPanel({ panel, expanded }: PanelProps<'text'>) {
  const content = expanded.text || panel.options.content;
  const blocks = useMemo(
    () => (panel.options.mode === 'markdown' ? parseMarkdown(content) : []),
    [content, panel.options.mode],
  );
  // HTML is shown as it is written, never put into the page.
  if (panel.options.mode !== 'markdown') return <pre className={styles.code}>{content}</pre>;
  return <div className={styles.text}>{blocks.map(drawBlock)}</div>;
}

function drawBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading': {
      const Tag = `h${Math.min(6, block.level + 2)}` as 'h3';
      return (
        <Tag key={key} data-level={block.level}>
          {block.children.map(drawInline)}
        </Tag>
      );
    }
    case 'paragraph':
      return <p key={key}>{block.children.map(drawInline)}</p>;
    case 'code':
      return <pre key={key}>{block.text}</pre>;
    case 'rule':
      return <hr key={key} />;
    case 'list': {
      const items = block.items.map((item, i) => <li key={i}>{item.map(drawInline)}</li>);
      return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
  }
}

function drawInline(part: Inline, key: number): ReactNode {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return <code key={key}>{part.text}</code>;
    case 'strong':
      return <strong key={key}>{part.children.map(drawInline)}</strong>;
    case 'em':
      return <em key={key}>{part.children.map(drawInline)}</em>;
    case 'link':
      return (
        <a key={key} href={part.href} rel="noreferrer noopener">
          {part.children.map(drawInline)}
        </a>
      );
  }
}
