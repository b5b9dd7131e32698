/** Lists that have no export of the server's own, as CSV: all pages that match the filters, up to a bound. */
import type { CursorPage, PageQuery } from '@/components/CursorTable';

const PAGE_ROWS = 200;
/** What a browser gathers in a minute; more is a matter for the exports of the server. */
export const EXPORT_ROWS_MAX = 20_000;

export interface Column<Row> {
  name: string;
  value: (row: Row) => string | number | boolean | null | undefined;
}

export async function gathered<Row>(load: (page: PageQuery) => Promise<CursorPage<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await load(cursor ? { limit: PAGE_ROWS, cursor } : { limit: PAGE_ROWS });
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor && rows.length < EXPORT_ROWS_MAX);
  return rows;
}

/** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ value }) => cell(value(row))))];
  return `${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function cell(value: string | number | boolean | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
