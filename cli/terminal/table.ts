import { visibleLength } from './terminal.js';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/**
 * Returns the lines of a table with a head and a rule, columns two blanks apart.
 *
 * A row shorter than the head is filled with blanks.
 */
export function renderTable(columns: Column[], rows: string[][]): string[] {
  const widths = columns.map((column, index) =>
    Math.max(visibleLength(column.title), ...rows.map((row) => visibleLength(row[index] ?? ''))),
  );
  const line = (cells: string[]) =>
    columns
      .map((column, index) => alignCell(cells[index] ?? '', widths[index] ?? 0, column.align))
      .join('  ')
      .trimEnd();
  return [
    line(columns.map((column) => column.title)),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map(line),
  ];
}

function alignCell(cell: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(0, width - visibleLength(cell)));
  return align === 'right' ? blanks + cell : cell + blanks;
}
