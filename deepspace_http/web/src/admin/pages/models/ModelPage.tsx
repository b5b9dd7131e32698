/** One model: what it is, what it sells at, sold at and will sell at, and what a call of it costs. */
import { Button, Card, Descriptions, Flex, Skeleton } from 'antd';
import { useParams } from 'react-router';
import { useModel, usePriceVersions, useUpdateModel } from '@/api/queries/catalogue';
import type { CatalogueModelBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { formatCount } from '@/components/numbers';
import { PageHeader } from '@/components/PageHeader';
import { useTellFault } from '@/components/useTellFault';
import { adminModels } from '@/i18n/adminModels';
import { adminParts } from '@/i18n/adminParts';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { IdText } from '../../parts/IdText';
import { ModelState } from './CatalogueSection';
import { inEffect } from './card';
import { KindTags } from './KindTags';
import { EditModel } from './ModelForm';
import { PreviewCard } from './PreviewCard';
import { PriceTimeline } from './PriceTimeline';
import { SetPrice } from './SetPrice';

export function Component() {
  const { modelId = '' } = useParams();
  const { data: model, error, refetch } = useModel(modelId);
  return (
    <Page>
      {error ? <ErrorNotice error={error} onRetry={() => refetch()} /> : null}
      {!model && !error && <Skeleton active />}
      {model && <Model model={model} />}
    </Page>
  );
}

function Model({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const versions = usePriceVersions(model.id);
  const cards = versions.data?.data ?? [];
  const now = inEffect(cards, new Date());
  return (
    <>
      <PageHeader
        title={model.name}
        isGiven
        description={<ModelState model={model} />}
        actions={
          <>
            <SetPrice model={model} now={now} />
            <EditModel model={model} />
            <Switching model={model} />
          </>
        }
      />
      <Flex vertical gap={16}>
        <Facts model={model} />
        <Card size="small" title={t('prices.title')}>
          {versions.error ? (
            <ErrorNotice error={versions.error} onRetry={() => versions.refetch()} />
          ) : (
            <PriceTimeline cards={cards} now={now} isLoading={versions.isPending} />
          )}
        </Card>
        {now && <PreviewCard model={model} now={now} />}
      </Flex>
    </>
  );
}

function Switching({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const tell = useTellFault();
  const update = useUpdateModel(model.id);
  if (model.enabled) {
    return (
      <ConfirmDanger
        trigger={t('disable')}
        title={t('catalogue.disableTitle', { name: model.name })}
        consequence={t('catalogue.disableConsequence')}
        verb={t('disable')}
        reason="offered"
        onConfirm={(reason) => update.mutateAsync({ enabled: false, reason })}
      />
    );
  }
  return (
    <Button
      type="primary"
      loading={update.isPending}
      onClick={() => update.mutate({ enabled: true }, { onError: tell })}
    >
      {t('enable')}
    </Button>
  );
}

function Facts({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const tokens = (count: number) => `${formatCount(count, language)} ${t('catalogue.contextUnit')}`;
  return (
    <Card size="small" title={t('catalogue.facts')}>
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2, lg: 3 }}
        items={[
          { key: 'id', label: parts('id'), children: <IdText id={model.id} /> },
          { key: 'upstream', label: t('catalogue.upstream'), children: <Given>{model.upstream_name}</Given> },
          {
            key: 'kinds',
            label: t('catalogue.kinds'),
            children: (
              <Flex wrap gap={4}>
                <KindTags kinds={model.kinds} />
              </Flex>
            ),
          },
          { key: 'context', label: t('catalogue.context'), children: tokens(model.context_tokens) },
          { key: 'output', label: t('catalogue.output'), children: tokens(model.output_tokens_max) },
          { key: 'created', label: t('created'), children: <DateTime at={model.created_at} /> },
        ]}
      />
    </Card>
  );
}
