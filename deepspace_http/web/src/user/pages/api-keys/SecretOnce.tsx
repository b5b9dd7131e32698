/** A key's secret, this once, with examples to paste. Closes only by the button that says it was kept. */
import { Alert, Button, Flex, Modal, Tabs } from 'antd';
import { useModels } from '@/api/queries/apiKeys';
import type { NewApiKeyBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import styles from './SecretOnce.module.css';
import { snippetsFor } from './snippets';

export function SecretOnce({ made, onDone }: { made: NewApiKeyBody | null; onDone: () => void }) {
  const t = useTexts(apiKeys);
  return (
    <Modal
      open={made !== null}
      title={t('onceTitle')}
      width={680}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      destroyOnHidden
      footer={
        <Button type="primary" onClick={onDone}>
          {t('kept')}
        </Button>
      }
    >
      {made && <Shown made={made} />}
    </Modal>
  );
}

function Shown({ made }: { made: NewApiKeyBody }) {
  const t = useTexts(apiKeys);
  const { data: models = [] } = useModels();
  const allowed = made.key.model_allow_list;
  const usable = models.filter(({ name }) => allowed === null || allowed.includes(name));
  const chat = usable.find(({ kinds }) => (kinds as string[]).includes('chat')) ?? usable[0];
  const model = chat?.name ?? allowed?.[0] ?? 'MODEL';
  const snippets = snippetsFor({ baseUrl: `${window.location.origin}/v1`, key: made.secret, model });
  return (
    <Flex vertical gap={16}>
      <Alert showIcon type="warning" title={t('once')} />
      <Flex gap={8} align="center">
        <code className={styles.secret}>{made.secret}</code>
        <CopyButton text={made.secret}>{t('copyKey')}</CopyButton>
      </Flex>
      <Tabs
        size="small"
        aria-label={t('tryIt')}
        items={snippets.map(({ name, code }) => ({
          key: name,
          label: name,
          children: (
            <Flex vertical gap={8} align="flex-end">
              <pre className={styles.code} style={{ width: '100%', boxSizing: 'border-box' }}>
                {code}
              </pre>
              <CopyButton text={code}>{t('copySnippet')}</CopyButton>
            </Flex>
          ),
        }))}
      />
    </Flex>
  );
}
