/** Changing, rotating and revoking a key. */
import { Button, Flex, Form, Select } from 'antd';
import { useState } from 'react';
import { useRevokeApiKey, useRotateApiKey } from '@/api/queries/apiKeys';
import { useMay } from '@/api/queries/places';
import type { ApiKeyBody, NewApiKeyBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { FormModal } from '@/components/FormModal';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import { EditKeyDrawer } from './EditKeyDrawer';
import { stateOf } from './state';

const OVERLAPS = { none: 0, hour: 3_600, day: 86_400, week: 604_800 } as const;
type Overlap = keyof typeof OVERLAPS;

interface Props {
  apiKey: ApiKeyBody;
  onRotated: (made: NewApiKeyBody) => void;
}

export function KeyActions({ apiKey, onRotated }: Props) {
  const t = useTexts(apiKeys);
  const may = useMay();
  const [isEditing, setEditing] = useState(false);
  const [isRotating, setRotating] = useState(false);
  const rotate = useRotateApiKey();
  const revoke = useRevokeApiKey();
  const state = stateOf(apiKey);
  if (state === 'revoked') return null;
  const { id, name } = apiKey;
  return (
    <Flex gap={4} justify="flex-end">
      {state === 'active' && may('api_keys:create') && (
        <Button type="text" size="small" aria-label={`${t('change')}: ${name}`} onClick={() => setEditing(true)}>
          {t('change')}
        </Button>
      )}
      {state === 'active' && (
        <Button type="text" size="small" aria-label={`${t('rotate')}: ${name}`} onClick={() => setRotating(true)}>
          {t('rotate')}
        </Button>
      )}
      <ConfirmDanger
        title={t('revokeTitle', { name })}
        consequence={t('revokeHint')}
        verb={t('revoke')}
        trigger={t('revoke')}
        triggerProps={{ type: 'text', size: 'small', 'aria-label': `${t('revoke')}: ${name}` }}
        onConfirm={() => revoke.mutateAsync(id)}
      />
      <EditKeyDrawer apiKey={apiKey} isOpen={isEditing} onClose={() => setEditing(false)} />
      <FormModal<{ overlap: Overlap }>
        title={t('rotateTitle', { name })}
        verb={t('rotate')}
        isOpen={isRotating}
        onClose={() => setRotating(false)}
        initial={{ overlap: 'day' }}
        onSend={async ({ overlap }) =>
          onRotated(await rotate.mutateAsync({ keyId: id, overlapSeconds: OVERLAPS[overlap] }))
        }
      >
        <p style={{ marginBlockStart: 0 }}>{t('rotateHint')}</p>
        <Form.Item name="overlap" label={t('overlap')}>
          <Select
            options={(Object.keys(OVERLAPS) as Overlap[]).map((value) => ({ value, label: t(`overlaps.${value}`) }))}
          />
        </Form.Item>
      </FormModal>
    </Flex>
  );
}
