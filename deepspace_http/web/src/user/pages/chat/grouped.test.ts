import { expect, it } from 'vitest';
import type { ConversationBody } from '@/api/schema';
import { grouped } from './grouped';

const NOW = new Date(2030, 4, 31, 0, 30);

function used(id: string, at: Date): ConversationBody {
  return { id, updated_at: at.toISOString() } as ConversationBody;
}

it("groups by the person's own days, empty groups left out", () => {
  const rows = [
    used('a', new Date(2030, 4, 31, 0, 10)),
    used('b', new Date(2030, 4, 30, 23, 50)),
    used('c', new Date(2030, 4, 24)),
    used('d', new Date(2030, 3, 2)),
    used('e', new Date(2029, 1, 1)),
  ];
  const groups = grouped(rows, NOW).map(([group, found]) => [group, found.map((one) => one.id)]);
  expect(groups).toEqual([
    ['today', ['a']],
    ['yesterday', ['b']],
    ['week', ['c']],
    ['older', ['d', 'e']],
  ]);
});
