/** A form in a dialog: sends what was filled in, shows a refusal at its field or as a whole, closes when it worked. */
import { Button, Flex, Form, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { ErrorNotice } from './ErrorNotice';
import { showAtField } from './fieldErrors';

interface Props<Fields extends object> {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** The verb of the button. */
  verb: string;
  initial?: Partial<Fields>;
  onSend: (fields: Fields) => Promise<unknown>;
  width?: number;
  children: ReactNode;
}

export function FormModal<Fields extends object>({ title, isOpen, onClose, width = 520, ...rest }: Props<Fields>) {
  return (
    <Modal open={isOpen} title={title} footer={null} width={width} destroyOnHidden onCancel={onClose}>
      <Body<Fields> {...rest} onClose={onClose} />
    </Modal>
  );
}

type BodyProps<Fields extends object> = Omit<Props<Fields>, 'title' | 'isOpen' | 'width'>;

function Body<Fields extends object>({ verb, initial, onSend, onClose, children }: BodyProps<Fields>) {
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
