import { describe, expect, it } from 'vitest';
import { answerOf, kindOf, readStory } from './story';

const AT = '2026-11-29T12:00:00Z';
const entry = (kind: string, details: object = {}) => ({ at: AT, kind, title: kind, details: { ...details } });

describe('a trace’s story', () => {
  it.each([
    ['POST chat/completions answered 200', { call: 'POST chat/completions', status: 200, code: null }],
    [
      'POST embeddings answered 402 (insufficient_quota)',
      { call: 'POST embeddings', status: 402, code: 'insufficient_quota' },
    ],
    ['something else', null],
  ])('reads %j', (title, answer) => {
    expect(answerOf(title)).toEqual(answer);
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
