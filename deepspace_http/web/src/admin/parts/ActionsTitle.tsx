/** The head of a column of buttons: said to screen readers, seen by nobody. */
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';

export function ActionsTitle() {
  return <span className="visually-hidden">{useTexts(adminParts)('actions')}</span>;
}
