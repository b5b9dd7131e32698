/** Conversations by when they were last used, in the person's own days. */
import type { ConversationBody } from '@/api/schema';

export type Group = 'today' | 'yesterday' | 'week' | 'month' | 'older';

const DAYS: [Group, number][] = [
  ['today', 0],
  ['yesterday', 1],
  ['week', 7],
  ['month', 30],
  ['older', Number.POSITIVE_INFINITY],
];

/** The groups that hold something, in order; the order within is that of the list. */
export function grouped(rows: ConversationBody[], now: Date = new Date()): [Group, ConversationBody[]][] {
  const groups = new Map<Group, ConversationBody[]>();
  for (const row of rows) {
    const group = groupOf(new Date(row.updated_at), now);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return DAYS.flatMap(([group]) => (groups.has(group) ? [[group, groups.get(group) ?? []]] : []));
}

function groupOf(at: Date, now: Date): Group {
  const age = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  return DAYS.find(([, days]) => age <= days)?.[0] ?? 'older';
}

function startOfDay(moment: Date): number {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
