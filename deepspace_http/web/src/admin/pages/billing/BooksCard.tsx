/** Whether the books are sound: what the last audit found, the trial balance, and the way to audit now. */
import { Collapse, Typography } from 'antd';
import type { BooksAudit } from '@/api/queries/adminBilling';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { adminBilling } from '@/i18n/adminBilling';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { CheckCard } from '../../parts/CheckCard';

export function BooksCard() {
  const t = useTexts(adminBilling);
  return (
    <CheckCard<BooksAudit>
      names={{ schedule: 'ledger.audit', event: 'ledger.audited' }}
      title={t('books.title')}
      say={(key, variables) => t(`books.${key}`, variables)}
    >
      {(audit) => <Found audit={audit} />}
    </CheckCard>
  );
}

function Found({ audit }: { audit: BooksAudit }) {
  const t = useTexts(adminBilling);
  const language = useLanguage();
  const count = (number: number) => formatCount(number, language);
  const looked = t('books.looked', {
    rows: count(audit.rows),
    holds: count(audit.holds),
    calls: count(audit.calls),
    wallets: count(audit.wallets),
  });
  const items = [{ key: 'trial', label: t('books.trial'), children: <TrialBalance audit={audit} /> }];
  return (
    <>
      <Typography.Text type="secondary">{looked}</Typography.Text>
      {audit.first_findings.map((one) => (
        <Typography.Text key={`${one.where} ${one.message}`} type="danger">
          {one.where}: {one.message} ({one.invariant})
        </Typography.Text>
      ))}
      <Collapse ghost size="small" items={items} />
    </>
  );
}

function TrialBalance({ audit }: { audit: BooksAudit }) {
  const t = useTexts(adminBilling);
  const currencies = [...new Set(audit.trial_balance.map((line) => line.currency))];
  return currencies.map((currency) => {
    const lines = audit.trial_balance.filter((line) => line.currency === currency);
    const sum = lines.reduce((total, line) => total + BigInt(line.balance_nanos), 0n);
    return (
      <table key={currency} style={{ borderSpacing: '16px 4px', marginInlineStart: -16 }}>
        <tbody>
          {lines.map((line) => (
            <tr key={line.account}>
              <th scope="row" style={{ textAlign: 'start', fontWeight: 'normal' }}>
                {t(`books.accounts.${line.account as 'world'}`)}
              </th>
              <td style={{ textAlign: 'end' }}>
                <Money nanos={line.balance_nanos} currency={currency} signed />
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row" style={{ textAlign: 'start' }}>
              {sum === 0n ? t('books.sumsToZero') : t('books.offBy')}
            </th>
            <td style={{ textAlign: 'end' }}>
              <strong>
                <Money nanos={sum} currency={currency} />
              </strong>
            </td>
          </tr>
        </tbody>
      </table>
    );
  });
}
