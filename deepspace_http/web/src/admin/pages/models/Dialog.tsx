/** A button and the dialog that it opens, for what is more than one form. */
import { Button, Modal } from 'antd';
import { type ReactNode, useState } from 'react';

interface Props {
  trigger: string;
  title: string;
  width: number;
  children: (close: () => void) => ReactNode;
}

export function Dialog({ trigger, title, width, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{trigger}</Button>
      <Modal open={isOpen} title={title} footer={null} destroyOnHidden onCancel={close} width={width}>
        {children(close)}
      </Modal>
    </>
  );
}
