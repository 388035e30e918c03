/** Answers go to standard output: as JSON when asked for, else as aligned columns for people. */
export function printJson(value: unknown): void {
  // JSON leaves those above U+007E as they are, and a terminal would heed them.
  const text = JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\u009f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
  process.stdout.write(`${text}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Columns padded to their widest cell; the last one is left as it is. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  '),
  );
}

/** A stored string as one line: control characters cannot move the cursor or forge a row. */
export function oneLine(text: string): string {
  return printable(text).trim();
}

/** Without control characters: a space stands for those in a row. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

export function instant(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString();
}
