/** The controls of a list's filters. Text is taken when its field is left or Enter is pressed, not at every letter. */
import { Button, DatePicker, Flex, Input, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { type CSSProperties, useState } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import styles from './FilterBar.module.css';
import type { Filter, FilterState } from './filters';

export function FilterBar({ filters, state }: { filters: readonly Filter[]; state: FilterState }) {
  const t = useTexts(common);
  const [isWhole, setWhole] = useState(false);
  const isFiltered = Object.keys(state.values).length > 0;
  const shown = filters.filter((filter) => isWhole || !filter.isRare || state.values[filter.key] !== undefined);
  const hasRare = filters.some((filter) => filter.isRare);
  return (
    <Flex wrap gap={8} role="search">
      {shown.map((filter) => (
        <div key={filter.key} className={styles.control} style={{ '--width': widthOf(filter) } as CSSProperties}>
          <Control filter={filter} state={state} />
        </div>
      ))}
      {hasRare && (
        <Button type="text" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {t(isWhole ? 'table.fewerFilters' : 'table.moreFilters')}
        </Button>
      )}
      {isFiltered && <Button onClick={state.clear}>{t('table.clearFilters')}</Button>}
    </Flex>
  );
}

const WIDTHS: Record<Filter['kind'], number> = { period: 330, select: 160, custom: 200, text: 200 };

function widthOf(filter: Filter): string {
  return `${('width' in filter && filter.width) || WIDTHS[filter.kind]}px`;
}

function Control({ filter, state }: { filter: Filter; state: FilterState }) {
  switch (filter.kind) {
    case 'period':
      return <Period label={filter.label} state={state} />;
    case 'select':
      return (
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          aria-label={filter.label}
          placeholder={filter.label}
          style={{ width: '100%' }}
          options={filter.options}
          value={state.values[filter.key] ?? null}
          onChange={(value: string | null | undefined) => state.set({ [filter.key]: value ?? null })}
        />
      );
    case 'custom':
      return filter.control(state.values[filter.key] ?? null, (value) => state.set({ [filter.key]: value }));
    case 'text':
      return <TextFilter filter={filter} state={state} />;
  }
}

function TextFilter({ filter, state }: { filter: Extract<Filter, { kind: 'text' }>; state: FilterState }) {
  const value = state.values[filter.key] ?? '';
  const take = (text: string) => {
    if (text.trim() !== value) state.set({ [filter.key]: text.trim() || null });
  };
  return (
    <Input
      key={value}
      allowClear
      aria-label={filter.label}
      placeholder={filter.label}
      defaultValue={value}
      onClear={() => take('')}
      onBlur={(event) => take(event.target.value)}
      onPressEnter={(event) => take(event.currentTarget.value)}
    />
  );
}

function Period({ label, state }: { label: string; state: FilterState }) {
  const t = useTexts(common);
  const { from, to } = state.values;
  const range: [Dayjs | null, Dayjs | null] = [from ? dayjs(from) : null, to ? dayjs(to) : null];
  return (
    <DatePicker.RangePicker
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      allowEmpty
      style={{ width: '100%' }}
      aria-label={label}
      placeholder={[t('table.from'), t('table.to')]}
      value={range}
      onChange={(times) => state.set({ from: isoOf(times?.[0]), to: isoOf(times?.[1]) })}
    />
  );
}

function isoOf(time: Dayjs | null | undefined): string | null {
  return time ? time.toISOString() : null;
}
