import { describe, expect, it } from 'vitest';
import { kindOf, readStory, tokensOf } from './story';

const AT = '2026-11-29T12:00:00Z';
const entry = (kind: string, details: object = {}) => ({ at: AT, kind, title: kind, details: { ...details } });

describe('a trace’s story', () => {
  it('adds up what was read and what was written', () => {
    expect(tokensOf({ input_uncached: 7, input_cached_read: 2, output_text: 5 })).toEqual({ input: 9, output: 5 });
  });

  it.each([
    ['ledger.capture', 'ledger'],
    ['event.api_key.created', 'event'],
    ['request', 'request'],
    ['weather', 'other'],
  ])('knows that %s is of %s', (kind, family) => {
    expect(kindOf(entry(kind))).toBe(family);
  });

  it('finds the request, the usage and the movements among all entries', () => {
    const story = readStory({
      trace_id: 'a'.repeat(32),
      entries: [
        entry('ledger.hold', { seq: 1 }),
        entry('ledger.capture', { seq: 2 }),
        entry('usage'),
        entry('request'),
      ],
    });
    expect(story.movements.map(({ details }) => details)).toEqual([{ seq: 1 }, { seq: 2 }]);
    expect([story.request?.entry.kind, story.usage?.entry.kind]).toEqual(['request', 'usage']);
  });

  it('stands without a request', () => {
    expect(readStory({ trace_id: 'a'.repeat(32), entries: [entry('job')] }).request).toBeNull();
  });
});
