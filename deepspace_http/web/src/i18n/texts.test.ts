/** What the compiler can't see of the texts: that both languages use the same variables, and that none is empty. */
import { describe, expect, it } from 'vitest';
import type { Texts, Tree } from './define';

const MODULES = import.meta.glob<Record<string, unknown>>('./*.ts', { eager: true });
const AREAS = Object.entries(MODULES).flatMap(([path, module]) =>
  Object.values(module)
    .filter((one): one is Texts => typeof one === 'object' && one !== null && 'namespace' in one)
    .map((texts) => [path, texts] as const),
);

function leaves(tree: Tree, head = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[head + key, value] as [string, string]] : leaves(value, `${head}${key}.`),
  );
}

function variables(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)/g)].map((found) => found[1] ?? '').sort();
}

it('finds the areas', () => {
  expect(AREAS.length).toBeGreaterThan(4);
});

it('gives every area a namespace of its own', () => {
  const names = AREAS.map(([, texts]) => texts.namespace);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(AREAS)('%s', (_path, texts) => {
  const english = new Map(leaves(texts.en));
  const chinese = leaves(texts.zh as Tree);

  it('says the same things with the same variables', () => {
    for (const [key, text] of chinese) {
      expect([key, variables(text)]).toEqual([key, variables(english.get(key) ?? '')]);
    }
  });

  it('leaves no text empty', () => {
    for (const [key, text] of [...english, ...chinese]) expect([key, text.trim()]).not.toEqual([key, '']);
  });
});
