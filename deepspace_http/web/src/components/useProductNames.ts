/** Words for what the product itself names; null for a name that this build does not know. */
import { useTexts } from '@/i18n/i18n';
import { names } from '@/i18n/names';

export type Family = keyof typeof names.en;

export function useProductNames(): (family: Family, name: string) => string | null {
  const t = useTexts(names);
  return (family, name) => (name in names.en[family] ? t(`${family}.${name}` as Parameters<typeof t>[0]) : null);
}
