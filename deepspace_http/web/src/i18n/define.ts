/**
 * Texts in both languages, side by side. A key that stands in one language only does not compile.
 *
 * A file of texts belongs to an area of pages and travels in its chunk:
 *
 *   export const texts = defineTexts('billing', { en: { title: 'Billing' }, zh: { title: '账单' } });
 *   const t = useTexts(texts);  t('title')
 *
 * Plurals are i18next's: `calls_one` and `calls_other` in English, `calls_other` alone will do in Chinese; both are
 * asked for as `t('calls', { count })`.
 */
export interface Tree {
  [key: string]: string | Tree;
}

/** The same keys with other words; the forms of a plural that a language has not may be left out. */
export type Same<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Same<T[K]>;
} & { [K in keyof T as K extends `${string}_one` ? K : never]?: string };

type Singular<K extends string> = K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K;

/** The keys of a tree as dotted paths. */
export type Key<T> = {
  [K in keyof T & string]: T[K] extends string ? Singular<K> : `${K}.${Key<T[K]>}`;
}[keyof T & string];

export interface Texts<T extends Tree = Tree> {
  namespace: string;
  en: T;
  zh: Same<T>;
}

export function defineTexts<const T extends Tree>(namespace: string, both: { en: T; zh: NoInfer<Same<T>> }): Texts<T> {
  return { namespace, ...both };
}
