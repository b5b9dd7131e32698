/** What a movement was for: of a call, or of the product itself, in the reader's words; of a person in their own. */
import type { TransactionBody } from '@/api/schema';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { Given } from './Given';

type Row = Pick<TransactionBody, 'type' | 'description' | 'purpose' | 'actor'>;

/** Who gives a fresh installation its first credit (deepspace_adapters/bootstrap.py). */
const STARTER = 'system:start';

export function Purpose({ row }: { row: Row }) {
  const words = usePurposeWords()(row);
  return words === null ? <Given>{row.description || '–'}</Given> : words;
}

/** The words; null where the row has its maker's own. */
export function usePurposeWords(): (row: Row) => string | null {
  const t = useTexts(common);
  return ({ type, purpose, actor }) => {
    if (type === 'expire') return t('purposes.expired');
    if (type === 'top_up' && actor === STARTER) return t('purposes.firstCredit');
    if (!purpose) return null;
    const { kind, model, route } = purpose;
    return t(`purposes.${kind}`, { model, route });
  };
}
