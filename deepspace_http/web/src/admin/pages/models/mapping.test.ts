import { expect, it } from 'vitest';
import { mappingText, readMapping } from './mapping';

it('reads what it writes', () => {
  const names = { small: 'small-2024', 'a/b': 'c' };
  expect(readMapping(mappingText(names))).toEqual(names);
  expect(readMapping('  \n')).toEqual({});
});

it.each(['small', 'a = b = c', '= b', 'a ='])('refuses %s', (line) => {
  expect(readMapping(line)).toBeNull();
});
