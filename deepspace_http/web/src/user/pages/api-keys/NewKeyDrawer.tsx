/** The form of a new key. */
import { Drawer } from 'antd';
import { useCreateApiKey } from '@/api/queries/apiKeys';
import { useMay } from '@/api/queries/places';
import type { NewApiKeyBody } from '@/api/schema';
import { SendForm } from '@/components/SendForm';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import { usePlace } from '@/stores/place';
import { ExpiryField, LimitFields, ModelsField, NameField, ProjectField, ScopesField } from './KeyFields';
import { NEW_EXPIRIES, type NewKeyFields, newKeyOf } from './keyTerms';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  onMade: (made: NewApiKeyBody) => void;
  /** The project that it is made for; else the form asks. */
  projectId?: string;
}

export function NewKeyDrawer({ isOpen, onClose, onMade, projectId }: Props) {
  const t = useTexts(apiKeys);
  const may = useMay();
  const create = useCreateApiKey();
  const chosen = usePlace((place) => place.projectId);
  return (
    <Drawer open={isOpen} title={t('create')} size={560} destroyOnHidden onClose={onClose}>
      <SendForm<NewKeyFields>
        verb={t('create')}
        initial={{ scopes: ['models:use'], expiry: 'never', project_id: chosen ?? '' }}
        onClose={onClose}
        onSend={async (fields) =>
          onMade(await create.mutateAsync(newKeyOf(projectId ? { ...fields, project_id: projectId } : fields)))
        }
      >
        <NameField />
        {!projectId && <ProjectField />}
        <ScopesField />
        <ModelsField />
        <ExpiryField choices={NEW_EXPIRIES} />
        {may('policy:manage') && <LimitFields hint={t('limitsHint')} />}
      </SendForm>
    </Drawer>
  );
}
