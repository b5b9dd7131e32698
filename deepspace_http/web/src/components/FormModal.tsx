/** A form in a dialog, which closes when what was filled in has been sent and accepted. */
import { Modal } from 'antd';
import type { ReactNode } from 'react';
import { SendForm, type SendFormProps } from './SendForm';

export interface FormModalProps<Fields extends object> extends SendFormProps<Fields> {
  title: ReactNode;
  isOpen: boolean;
  width?: number;
}

export function FormModal<Fields extends object>({ title, isOpen, width = 520, ...form }: FormModalProps<Fields>) {
  return (
    <Modal open={isOpen} title={title} footer={null} width={width} destroyOnHidden onCancel={form.onClose}>
      <SendForm<Fields> {...form} />
    </Modal>
  );
}
