/** Chooses an organization by a part of its name. */
import { Select } from 'antd';
import { useState } from 'react';
import { useOrgChoices } from '@/api/queries/adminOrgs';
import { useName } from '@/api/queries/names';
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';

interface Props {
  value?: string | null;
  onChange?: (orgId: string | null) => void;
  /** What stands there while none is chosen. */
  placeholder?: string;
  width?: number | string;
  id?: string;
}

export function OrgSelect({ value = null, onChange, placeholder, width = '100%', id }: Props) {
  const t = useTexts(adminParts);
  const [search, setSearch] = useState('');
  const choices = useOrgChoices(search);
  const name = useName(value);
  const options = (choices.data ?? []).map((org) => ({ value: org.id, label: org.name }));
  const isListed = options.some((one) => one.value === value);
  if (value && !isListed) options.unshift({ value, label: name ?? value });
  return (
    <Select
      {...(id && { id })}
      allowClear
      showSearch={{ filterOption: false, onSearch: setSearch }}
      aria-label={placeholder ?? t('organization')}
      placeholder={placeholder ?? t('anyOrganization')}
      style={{ width, maxWidth: '100%' }}
      loading={choices.isFetching}
      options={options}
      value={value}
      onChange={(chosen: string | null | undefined) => onChange?.(chosen ?? null)}
    />
  );
}
