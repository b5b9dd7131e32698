/** All rows of a list that is bounded by the gateway, page by page: for what is chosen from or filtered here. */

interface Page<Row> {
  data: Row[];
  next_cursor?: string | null;
}

const PAGE_ROWS = 200;
/** Address rules are the longest such list: a thousand. */
const PAGES_MAX = 5;

export async function everyRow<Row>(
  load: (query: { limit: number; cursor?: string }) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null | undefined = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found: Page<Row> = await load({ limit: PAGE_ROWS, ...(cursor && { cursor }) });
    rows.push(...found.data);
    cursor = found.next_cursor;
    if (!cursor) break;
  }
  return rows;
}
