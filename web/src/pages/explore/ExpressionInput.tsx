import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef } from 'react';
import styles from './Explore.module.css';

export interface Props {
  value: string;
  onChange: (value: string) => void;
  onExecute: (value: string) => void;
}

const colors = HighlightStyle.define([
  { tag: tags.string, color: 'light-dark(#1d6f42, #8bd39b)' },
  { tag: tags.number, color: 'light-dark(#8a4f00, #f0b565)' },
  { tag: tags.keyword, color: 'light-dark(#7340aa, #c8a5ec)' },
  { tag: tags.operatorKeyword, color: 'light-dark(#7340aa, #c8a5ec)' },
  { tag: tags.function(tags.variableName), color: 'light-dark(#1a5fb4, #8ab9f5)' },
  { tag: tags.labelName, color: 'light-dark(#0b6e6b, #76d1cd)' },
  { tag: tags.modifier, color: 'light-dark(#7340aa, #c8a5ec)' },
  { tag: tags.comment, color: 'var(--faint)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { fontFamily: 'var(--mono)', padding: '8px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-placeholder': { color: 'var(--faint)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    background: 'color-mix(in srgb, var(--accent) 26%, transparent) !important',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    background: 'var(--hover)',
    outline: '1px solid var(--border-strong)',
  },
  '.cm-tooltip': {
    background: 'var(--raised)',
    border: '1px solid var(--border)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '320px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal', float: 'right', marginLeft: '24px' },
  '.cm-completionInfo': {
    padding: '8px 10px',
    maxWidth: '360px',
    fontFamily: 'var(--font)',
    color: 'var(--muted)',
  },
  '.cm-completionIcon': { display: 'none' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
});

function extensions(latest: { current: Props }) {
  const promql = new PromQLExtension()
    .activateCompletion(true)
    .activateLinter(true)
    .setComplete({ remote: { url: '', httpMethod: 'GET' }, maxMetricsMetadata: 10_000 });
  const run = () => {
    latest.current.onExecute(latest.current.value);
    return true;
  };
  return [
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    syntaxHighlighting(colors),
    promql.asExtension(),
    look,
    placeholder('sum by (kind) (gotk_resource_info{ready="False"})'),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': 'PromQL expression' }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
    ]),
    Prec.high(
      keymap.of([
        { key: 'Enter', run },
        { key: 'Mod-Enter', run },
        { key: 'Shift-Enter', run: insertNewlineAndIndent },
      ]),
    ),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const text = update.state.doc.toString();
      if (text !== latest.current.value) latest.current.onChange(text);
    }),
  ];
}

/** PromQL with completion from the server's own names, and checks as one writes. */
export function ExpressionInput(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (!host.current) return;
    const state = EditorState.create({ doc: latest.current.value, extensions: extensions(latest) });
    view.current = new EditorView({ state, parent: host.current });
    if (matchMedia('(hover: hover)').matches) view.current.focus();
    return () => view.current?.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.value } });
  }, [props.value]);
  return <div ref={host} className={styles.editor} data-testid="expression" />;
}
