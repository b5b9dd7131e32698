/** A form that sends what was filled in, shows a refusal at its field or as a whole, and is done when it worked. */
import { Button, Flex, Form } from 'antd';
import { type ReactNode, useState } from 'react';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { ErrorNotice } from './ErrorNotice';
import { showAtField } from './fieldErrors';

export interface SendFormProps<Fields extends object> {
  /** The verb of the button. */
  verb: string;
  initial?: Partial<Fields>;
  onSend: (fields: Fields) => Promise<unknown>;
  /** Called when it worked, and when it was given up. */
  onClose: () => void;
  children: ReactNode;
}

export function SendForm<Fields extends object>({ verb, initial, onSend, onClose, children }: SendFormProps<Fields>) {
  const words = useTexts(common);
  const t = useTexts(errors);
  const [form] = Form.useForm<Fields>();
  const [fault, setFault] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);

  async function send(fields: Fields) {
    setSending(true);
    setFault(null);
    try {
      await onSend(fields);
      onClose();
    } catch (error) {
      if (!showAtField(form, error, t)) setFault(error);
    } finally {
      setSending(false);
    }
  }

  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={send}
      {...(initial && { initialValues: initial })}
    >
      {children}
      {fault !== null && <ErrorNotice error={fault} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={isSending}>
          {verb}
        </Button>
      </Flex>
    </Form>
  );
}
