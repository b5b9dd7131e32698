/** Asks once, plainly, before what can't be taken back; may ask for a reason, which goes to the audit trail. */
import { Button, type ButtonProps, Flex, Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { ErrorNotice } from './ErrorNotice';
import { Reason } from './ReasonField';

interface Props {
  /** The question: "Revoke the key “ci”?" */
  title: string;
  /** What will happen, and what will not. */
  consequence: ReactNode;
  /** The verb on the button that does it. */
  verb: string;
  onConfirm: (reason: string) => Promise<unknown>;
  /** It may be said why, or must be; who did it and why stand in the audit trail. */
  reason?: 'offered' | 'needed';
  /** Must be typed first; for what nobody should do by a slip of the hand. */
  word?: string;
  /** Costly rather than destructive: nothing is taken back by it. */
  isCalm?: boolean;
  trigger: ReactNode;
  triggerProps?: ButtonProps;
}

export function ConfirmDanger({ trigger, triggerProps, ...question }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button danger={!question.isCalm} {...triggerProps} onClick={() => setOpen(true)}>
        {trigger}
      </Button>
      <DangerDialog {...question} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}

type DialogProps = Omit<Props, 'trigger' | 'triggerProps'> & { isOpen: boolean; onClose: () => void };

/** The same question, where something else than a button leads to it. */
export function DangerDialog({ title, isOpen, onClose, ...question }: DialogProps) {
  return (
    <Modal open={isOpen} title={title} footer={null} destroyOnHidden onCancel={onClose}>
      <Question {...question} onDone={onClose} />
    </Modal>
  );
}

type QuestionProps = Omit<Props, 'title' | 'trigger' | 'triggerProps'> & { onDone: () => void };

function Question({ consequence, verb, isCalm = false, onConfirm, reason: wanted, word, onDone }: QuestionProps) {
  const t = useTexts(common);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const isReady = (wanted !== 'needed' || reason.trim() !== '') && (word === undefined || typed === word);

  async function confirm() {
    setRunning(true);
    setFault(null);
    try {
      await onConfirm(reason.trim());
      onDone();
    } catch (error) {
      setFault(error);
    } finally {
      setRunning(false);
    }
  }

  return (
    <Form layout="vertical" onFinish={confirm}>
      <div style={{ marginBlockEnd: 16 }}>{consequence}</div>
      {wanted && <Reason value={reason} onChange={setReason} isNeeded={wanted === 'needed'} />}
      {word !== undefined && (
        <Form.Item label={t('typeToConfirm', { word })} required htmlFor="confirm-word">
          <Input
            id="confirm-word"
            value={typed}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
          />
        </Form.Item>
      )}
      {fault !== null && <ErrorNotice error={fault} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onDone}>{t('cancel')}</Button>
        <Button danger={!isCalm} type="primary" htmlType="submit" disabled={!isReady} loading={isRunning}>
          {verb}
        </Button>
      </Flex>
    </Form>
  );
}
