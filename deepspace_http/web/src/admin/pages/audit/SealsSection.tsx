/** Whether the audit trail is as it was sealed: what the last check of its seals found, and the way to check now. */
import { Flex, Table, Typography } from 'antd';
import { Link } from 'react-router';
import type { Check } from '@/api/queries/checks';
import { formatCount } from '@/components/numbers';
import { adminAudit } from '@/i18n/adminAudit';
import { adminParts } from '@/i18n/adminParts';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { CheckCard } from '../../parts/CheckCard';
import { OrgName } from '../../parts/Named';

/** The details of a check (deepspace_core/audit/sealing_use_cases.py). */
interface SealCheck extends Check {
  chains: number;
  seals: number;
  rows: number;
  first_findings: SealFault[];
}

interface SealFault {
  org_id: string | null;
  seq: number;
  kind: 'rows_missing' | 'rows_added' | 'rows_changed' | 'chain_broken';
}

const NAMES = { schedule: 'audit.verify', event: 'audit.verified' };

export function Component() {
  const t = useTexts(adminAudit);
  return (
    <>
      <CheckCard<SealCheck>
        names={NAMES}
        title={t('seals.title')}
        say={(word, variables) => t(`seals.${word}`, variables)}
      >
        {(found) => <Found found={found} />}
      </CheckCard>
      <Flex vertical gap={8} style={{ maxWidth: 760 }}>
        <Typography.Text type="secondary">{t('seals.about')}</Typography.Text>
        <Typography.Text type="secondary">{t('seals.outside')}</Typography.Text>
        <Link to={`/audit/events?event_type=${NAMES.event}`}>{t('seals.past')}</Link>
      </Flex>
    </>
  );
}

function Found({ found }: { found: SealCheck }) {
  const t = useTexts(adminAudit);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const count = (number: number) => formatCount(number, language);
  const looked = { rows: count(found.rows), seals: count(found.seals), chains: count(found.chains) };
  return (
    <>
      <Typography.Text type="secondary">{t('seals.looked', looked)}</Typography.Text>
      {found.first_findings.length > 0 && (
        <Table<SealFault>
          aria-label={t('seals.faults')}
          size="small"
          rowKey={(fault) => `${fault.org_id} ${fault.seq}`}
          pagination={false}
          scroll={{ x: 'max-content' }}
          dataSource={found.first_findings}
          columns={[
            { title: parts('organization'), key: 'org', render: (_, fault) => <OrgName id={fault.org_id} /> },
            { title: t('seals.seal'), key: 'seq', align: 'right', render: (_, fault) => count(fault.seq) },
            { title: t('seals.fault'), key: 'fault', render: (_, fault) => t(`seals.kinds.${fault.kind}`) },
          ]}
        />
      )}
    </>
  );
}
