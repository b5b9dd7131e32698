/** The wallet and what it is spent on. */
import { Alert, Tabs } from 'antd';
import { useNavigate, useParams } from 'react-router';
import { useMay } from '@/api/queries/places';
import { PageHeader } from '@/components/PageHeader';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { BudgetsTab } from './BudgetsTab';
import { MovementsTab } from './MovementsTab';
import { OverviewTab } from './OverviewTab';
import { StatementsTab } from './StatementsTab';
import { UsageTab } from './UsageTab';

const TABS = ['overview', 'usage', 'movements', 'budgets', 'statements'] as const;

export function Component() {
  const t = useTexts(billing);
  const may = useMay();
  const navigate = useNavigate();
  const { tab = 'overview' } = useParams();
  const content = {
    overview: <OverviewTab />,
    usage: <UsageTab />,
    movements: <MovementsTab />,
    budgets: <BudgetsTab />,
    statements: <StatementsTab />,
  };
  return (
    <Page>
      <PageHeader title={t('title')} description={t('description')} />
      {may('wallet:read') ? (
        <Tabs
          activeKey={tab}
          destroyOnHidden
          onChange={(key) => navigate(`/billing/${key}`)}
          items={TABS.map((key) => ({ key, label: t(`tabs.${key}`), children: content[key] }))}
        />
      ) : (
        <Alert showIcon type="info" title={t('noRight')} />
      )}
    </Page>
  );
}
