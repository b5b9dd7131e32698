/** A count of tokens. */
import { common } from '@/i18n/common';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { formatCount } from './numbers';

export function Tokens({ count }: { count: number }) {
  const t = useTexts(common);
  const text = t('tokens', { count }).replace(String(count), formatCount(count, useLanguage()));
  return <span style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{text}</span>;
}
