// Text cut at byte offsets, as the server counts them.

export interface Span<T> {
  text: string;
  /** The marks that cover this piece. */
  marks: T[];
}

/** Bytes of UTF-8 to index in a JavaScript string. */
export function byteToIndex(text: string, byte: number): number {
  let bytes = 0;
  let index = 0;
  for (const char of text) {
    if (bytes >= byte) return index;
    const code = char.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += char.length;
  }
  return index;
}

/** Pieces in order, each with the marks over it; marks outside the text are cut. */
export function splitSpans<T extends { start: number; end: number }>(text: string, marks: T[]): Span<T>[] {
  const placed = marks
    .map((mark) => ({ mark, from: byteToIndex(text, mark.start), to: byteToIndex(text, mark.end) }))
    .filter(({ from, to }) => to > from);
  const cuts = [...new Set([0, text.length, ...placed.flatMap(({ from, to }) => [from, to])])].sort(
    (a, b) => a - b,
  );
  const spans: Span<T>[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [from = 0, to = 0] = [cuts[i], cuts[i + 1]];
    const covering = placed.filter((p) => p.from <= from && p.to >= to).map((p) => p.mark);
    spans.push({ text: text.slice(from, to), marks: covering });
  }
  return spans;
}
