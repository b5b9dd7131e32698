/** The language of the page: remembered, else the browser's, else English. Texts join when their chunk does. */
import i18next, { type TOptions } from 'i18next';
import { useMemo, useSyncExternalStore } from 'react';
import type { Key, Texts, Tree } from './define';

export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const REMEMBERED = 'deepspace.language';
const i18n = i18next.createInstance();

void i18n.init({
  lng: detect(),
  fallbackLng: 'en',
  supportedLngs: Object.keys(LANGUAGES),
  resources: {},
  initAsync: false,
  interpolation: { escapeValue: false },
  returnNull: false,
});
document.documentElement.lang = languageTag();
i18n.on('languageChanged', () => {
  document.documentElement.lang = languageTag();
});

/** The language just now. */
export function language(): Language {
  return i18n.language === 'zh' ? 'zh' : 'en';
}

/** As HTML and the gateway call it. */
export function languageTag(): 'en' | 'zh-CN' {
  return language() === 'zh' ? 'zh-CN' : 'en';
}

export function chooseLanguage(wanted: Language): void {
  localStorage.setItem(REMEMBERED, wanted);
  void i18n.changeLanguage(wanted);
}

/** Whether the person has chosen one on this device; else a profile's language may speak. */
export function hasChosenLanguage(): boolean {
  return localStorage.getItem(REMEMBERED) !== null;
}

export function useLanguage(): Language {
  return useSyncExternalStore(onChange, language);
}

export type Translate<T> = (key: Key<T>, variables?: TOptions) => string;

/** The texts of an area, in the language of the page. */
export function useTexts<T extends Tree>(texts: Texts<T>): Translate<T> {
  const now = useLanguage();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the language is what the translation depends on
  return useMemo(() => translator(texts), [texts, now]);
}

/** The same outside components. */
export function translator<T extends Tree>(texts: Texts<T>): Translate<T> {
  join(texts);
  const fixed = i18n.getFixedT(language(), texts.namespace);
  return (key, variables) => String(fixed(key as string, variables ?? {}));
}

function join<T extends Tree>({ namespace, en, zh }: Texts<T>): void {
  if (i18n.hasResourceBundle('en', namespace)) return;
  i18n.addResourceBundle('en', namespace, en);
  i18n.addResourceBundle('zh', namespace, zh);
}

function onChange(tell: () => void): () => void {
  i18n.on('languageChanged', tell);
  return () => i18n.off('languageChanged', tell);
}

/** What was chosen here before; else the first language of the browser's list that we speak. */
function detect(): Language {
  const wanted = [localStorage.getItem(REMEMBERED) ?? '', ...navigator.languages];
  const known = wanted.map((tag) => tag.toLowerCase().slice(0, 2)).find((tag) => tag in LANGUAGES);
  return known === 'zh' ? 'zh' : 'en';
}
