/** The catalogue: what can be called, what it sells at now, and whether it can be called at all. */
import { type TableColumnsType, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { loadModels, modelsKey, usePricesInEffect } from '@/api/queries/catalogue';
import type { CatalogueModelBody, ExportMatchBody, PriceBody } from '@/api/schema';
import { CursorTable, type PageQuery } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter, FilterValues } from '@/components/filters';
import { Given } from '@/components/Given';
import { formatCount } from '@/components/numbers';
import { adminModels } from '@/i18n/adminModels';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { names } from '@/i18n/names';
import { ExportButton } from '../../parts/ExportButton';
import { rateOfPicos } from './card';
import { KindTags } from './KindTags';
import { KINDS } from './kinds';
import { AddModel } from './ModelForm';

type T = Translate<typeof adminModels.en>;
export function Component() {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const navigate = useNavigate();
  const [shown, setShown] = useState<string[]>([]);
  const prices = usePricesInEffect(shown);
  const priceOf = new Map((prices.data?.data ?? []).map((card) => [card.model_id, card]));

  async function load(page: PageQuery, filters: FilterValues) {
    const models = await loadModels(page, filters);
    setShown(models.data.map((model) => model.id));
    return models;
  }

  return (
    <CursorTable<CatalogueModelBody>
      label={t('catalogue.label')}
      queryKey={modelsKey}
      load={load}
      columns={columnsOf(t, language, priceOf, prices.isSuccess)}
      rowKey="id"
      filters={filtersOf(t, useTexts(names))}
      empty={<EmptyState title={t('catalogue.none')} hint={t('catalogue.noneHint')} />}
      onRow={(row) => navigate(`/models/catalogue/${row.id}`)}
      actions={(filters) => (
        <>
          <AddModel />
          <ExportButton kind="models" filters={filters} matching={matchingOf} />
        </>
      )}
    />
  );
}

export function ModelState({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  return (
    <>
      <Tag {...(!model.enabled && { color: 'error' })}>{t(model.enabled ? 'states.enabled' : 'states.disabled')}</Tag>
      {model.recommended && <Tag color="blue">{t('catalogue.recommended')}</Tag>}
      {model.visibility === 'hidden' && <Tag color="warning">{t('catalogue.visibilities.hidden')}</Tag>}
    </>
  );
}

function columnsOf(
  t: T,
  language: Language,
  priceOf: Map<string, PriceBody>,
  isKnown: boolean,
): TableColumnsType<CatalogueModelBody> {
  return [
    { title: t('name'), dataIndex: 'name', render: (name: string) => <Given>{name}</Given> },
    {
      title: t('catalogue.upstream'),
      render: (_, { name, upstream_name: upstream }) => (upstream === name ? '–' : <Given>{upstream}</Given>),
    },
    { title: t('catalogue.kinds'), render: (_, { kinds }) => <KindTags kinds={kinds} /> },
    { title: t('catalogue.context'), align: 'right', render: (_, row) => formatCount(row.context_tokens, language) },
    {
      title: t('catalogue.price'),
      render: (_, row) => <PriceNow card={priceOf.get(row.id)} isKnown={isKnown} />,
    },
    { title: t('state'), render: (_, row) => <ModelState model={row} /> },
    { title: t('created'), render: (_, row) => <DateTime at={row.created_at} /> },
  ];
}

function PriceNow({ card, isKnown }: { card: PriceBody | undefined; isKnown: boolean }) {
  const t = useTexts(adminModels);
  if (!card) return isKnown ? <Typography.Text type="danger">{t('catalogue.noPrice')}</Typography.Text> : null;
  const rates = card.tiers[0]?.rates_picos;
  const [input, output] = [rates?.input_uncached, rates?.output_text].map((picos) =>
    picos === undefined ? '–' : rateOfPicos(picos),
  );
  return (
    <span style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>
      {input} / {output} {card.currency}
    </span>
  );
}

function matchingOf({ state, ...rest }: FilterValues): ExportMatchBody {
  return { ...rest, ...(state && { enabled: state === 'enabled' }) } as ExportMatchBody;
}

function filtersOf(t: T, named: Translate<typeof names.en>): Filter[] {
  return [
    { key: 'search', label: t('catalogue.search'), kind: 'text', width: 240 },
    {
      key: 'kind',
      label: t('catalogue.kind'),
      kind: 'select',
      options: KINDS.map((value) => ({ value, label: named(`kinds.${value}`) })),
    },
    {
      key: 'state',
      label: t('state'),
      kind: 'select',
      width: 130,
      options: (['enabled', 'disabled'] as const).map((value) => ({ value, label: t(`states.${value}`) })),
    },
    {
      key: 'visibility',
      label: t('catalogue.visibility'),
      kind: 'select',
      width: 130,
      options: (['public', 'hidden'] as const).map((value) => ({ value, label: t(`catalogue.visibilities.${value}`) })),
    },
  ];
}
