/** The form of a key that is to be changed. Its secret, its project and its maker stay. */
import { Drawer, Skeleton } from 'antd';
import { useKeyLimits, useUpdateApiKey } from '@/api/queries/apiKeys';
import { useMay } from '@/api/queries/places';
import type { ApiKeyBody, LimitBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { SendForm } from '@/components/SendForm';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import { ExpiryField, LimitFields, ModelsField, NameField, ScopesField } from './KeyFields';
import { changedKeyOf, fieldsOf, type KeyFields, NEW_EXPIRIES } from './keyTerms';

interface Props {
  apiKey: ApiKeyBody;
  isOpen: boolean;
  onClose: () => void;
}

export function EditKeyDrawer({ apiKey, isOpen, onClose }: Props) {
  const t = useTexts(apiKeys);
  return (
    <Drawer open={isOpen} title={t('changeTitle', { name: apiKey.name })} size={560} destroyOnHidden onClose={onClose}>
      <Loaded apiKey={apiKey} onClose={onClose} />
    </Drawer>
  );
}

/** The form is filled in once, so it waits for the limits of whoever may change them. */
function Loaded({ apiKey, onClose }: Omit<Props, 'isOpen'>) {
  const mayLimit = useMay()('policy:manage');
  const limits = useKeyLimits(apiKey.id, mayLimit);
  if (!mayLimit) return <Filled apiKey={apiKey} limits={null} onClose={onClose} />;
  if (limits.error) return <ErrorNotice error={limits.error} onRetry={limits.refetch} />;
  if (!limits.data) return <Skeleton active />;
  return <Filled apiKey={apiKey} limits={limits.data} onClose={onClose} />;
}

interface FilledProps extends Omit<Props, 'isOpen'> {
  /** Null where they are not for this person to change. */
  limits: LimitBody[] | null;
}

function Filled({ apiKey, limits, onClose }: FilledProps) {
  const t = useTexts(apiKeys);
  const update = useUpdateApiKey();
  return (
    <SendForm<KeyFields>
      verb={t('save')}
      initial={fieldsOf(apiKey, limits ?? [])}
      onClose={onClose}
      onSend={(fields) => update.mutateAsync({ keyId: apiKey.id, body: changedKeyOf(fields, apiKey, limits) })}
    >
      <p style={{ marginBlockStart: 0 }}>{t('changeHint')}</p>
      <NameField />
      <ScopesField has={apiKey.scopes} />
      <ModelsField />
      <ExpiryField choices={apiKey.expires_at ? ['same', ...NEW_EXPIRIES] : NEW_EXPIRIES} />
      {limits && <LimitFields hint={t('limitsChangeHint')} />}
    </SendForm>
  );
}
