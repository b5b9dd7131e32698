import { expect, it } from 'vitest';
import { csvOf, gathered } from './csv';

const COLUMNS = [
  { name: 'name', value: (row: { name: string; age: number | null }) => row.name },
  { name: 'age', value: (row: { name: string; age: number | null }) => row.age },
];

it('quotes what needs it and writes nothing for nothing', () => {
  const rows = [
    { name: 'Ada, "Countess"', age: 36 },
    { name: '李\n明', age: null },
  ];
  expect(csvOf(rows, COLUMNS)).toBe('name,age\r\n"Ada, ""Countess""",36\r\n"李\n明",\r\n');
});

it.each(['=1+1', '+1', '-1', '@x'])('lets no spreadsheet take %s for a formula', (name) => {
  expect(csvOf([{ name, age: -1 }], COLUMNS)).toBe(`name,age\r\n'${name},-1\r\n`);
});

it('gathers every page', async () => {
  const pages: Record<string, { data: number[]; next_cursor: string | null }> = {
    '': { data: [1, 2], next_cursor: 'b' },
    b: { data: [3], next_cursor: null },
  };
  const rows = await gathered<number>(async ({ cursor }) => pages[cursor ?? ''] ?? { data: [] });
  expect(rows).toEqual([1, 2, 3]);
});
