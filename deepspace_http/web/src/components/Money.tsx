/** An amount of a wallet's currency, exact to the nano-unit. */
import { useLanguage } from '@/i18n/i18n';
import { formatMoney } from './numbers';

interface Props {
  nanos: number | bigint | string;
  currency?: string;
  /** Shows a plus before what is added. */
  signed?: boolean;
}

export function Money({ nanos, currency = 'USD', signed = false }: Props) {
  const text = formatMoney(nanos, currency, useLanguage());
  const plus = signed && BigInt(nanos) > 0n ? '+' : '';
  return <span style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{plus + text}</span>;
}
