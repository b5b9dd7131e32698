/** The instructions and the parameters of a conversation. What is left empty is the model's own business. */
import { App, Button, Drawer, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useChangeConversation } from '@/api/queries/chat';
import type { ConversationBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { chat } from '@/i18n/chat';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

const PROMPT_MAX = 20_000;
const EFFORTS = ['minimal', 'low', 'medium', 'high'] as const;

interface Props {
  conversation: ConversationBody;
  onClose: () => void;
}

interface Fields {
  system_prompt: string;
  temperature: number | null;
  top_p: number | null;
  max_tokens: number | null;
  reasoning_effort: (typeof EFFORTS)[number] | null;
}

export default function SettingsDrawer({ conversation, onClose }: Props) {
  const t = useTexts(chat);
  return (
    <Drawer open title={t('settings')} size={400} destroyOnHidden onClose={onClose}>
      <SettingsForm conversation={conversation} onDone={onClose} />
    </Drawer>
  );
}

function SettingsForm({ conversation, onDone }: { conversation: ConversationBody; onDone: () => void }) {
  const t = useTexts(chat);
  const words = useTexts(common);
  const { message } = App.useApp();
  const change = useChangeConversation();
  const own = { style: { width: '100%' }, placeholder: t('modelsOwn') };

  async function save({ system_prompt, ...parameters }: Fields) {
    await change.mutateAsync({ id: conversation.id, system_prompt, parameters });
    message.success(t('saved'));
    onDone();
  }

  const initial: Fields = { ...NO_PARAMETERS, ...conversation.parameters, system_prompt: conversation.system_prompt };
  return (
    <Form<Fields> layout="vertical" initialValues={initial} onFinish={(fields) => void save(fields).catch(() => {})}>
      <Form.Item name="system_prompt" label={t('systemPrompt')} extra={t('systemPromptHint')}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={PROMPT_MAX} />
      </Form.Item>
      <Form.Item name="temperature" label={t('temperature')} extra={t('temperatureHint')}>
        <InputNumber min={0} max={2} step={0.1} {...own} />
      </Form.Item>
      <Form.Item name="top_p" label={t('topP')}>
        <InputNumber min={0.01} max={1} step={0.05} {...own} />
      </Form.Item>
      <Form.Item name="max_tokens" label={t('maxTokens')}>
        <InputNumber min={1} max={10_000_000} precision={0} {...own} />
      </Form.Item>
      <Form.Item name="reasoning_effort" label={t('reasoningEffort')}>
        <Select
          allowClear
          placeholder={t('modelsOwn')}
          options={EFFORTS.map((value) => ({ value, label: t(`efforts.${value}`) }))}
        />
      </Form.Item>
      {change.error && <ErrorNotice error={change.error} />}
      <Flex gap={8} justify="end">
        <Button onClick={onDone}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {words('save')}
        </Button>
      </Flex>
    </Form>
  );
}

const NO_PARAMETERS = { temperature: null, top_p: null, max_tokens: null, reasoning_effort: null };
