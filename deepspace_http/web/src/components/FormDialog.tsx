/** A button and the form that it opens: the usual way to make or change one thing. */
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, type ButtonProps } from 'antd';
import { useState } from 'react';
import { FormModal, type FormModalProps } from './FormModal';

interface Props<Fields extends object> extends Omit<FormModalProps<Fields>, 'isOpen' | 'onClose'> {
  trigger: string;
  /** It makes something new, and is what the page is for. */
  isPrimary?: boolean;
  triggerProps?: ButtonProps;
}

export function FormDialog<Fields extends object>({
  trigger,
  isPrimary = false,
  triggerProps,
  ...form
}: Props<Fields>) {
  const [isOpen, setOpen] = useState(false);
  const primary = isPrimary && { type: 'primary' as const, icon: <PlusOutlined /> };
  return (
    <>
      <Button {...primary} {...triggerProps} onClick={() => setOpen(true)}>
        {trigger}
      </Button>
      <FormModal<Fields> {...form} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}
