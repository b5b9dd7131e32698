import { expect, it } from 'vitest';
import { safePath } from './goNext';

it.each([
  [null, '/'],
  ['/billing?month=2026-01', '/billing?month=2026-01'],
  ['/admin/users', '/admin/users'],
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example/', '/'],
  ['javascript:alert(1)', '/'],
])('from %j to %j', (wanted, path) => {
  expect(safePath(wanted)).toBe(path);
});
