/** What a movement was for: of a call in the reader's words, of a person in their own. */
import type { TransactionBody } from '@/api/schema';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { Given } from './Given';

type Row = Pick<TransactionBody, 'type' | 'description' | 'purpose'>;

export function Purpose({ row }: { row: Row }) {
  const words = usePurposeWords()(row);
  return words === null ? <Given>{row.description || '–'}</Given> : words;
}

/** The words; null where the row has its maker's own. */
export function usePurposeWords(): (row: Row) => string | null {
  const t = useTexts(common);
  return ({ type, purpose }) => {
    if (type === 'expire') return t('purposes.expired');
    if (!purpose) return null;
    const { kind, model, route } = purpose;
    return t(`purposes.${kind}`, { model, route });
  };
}
