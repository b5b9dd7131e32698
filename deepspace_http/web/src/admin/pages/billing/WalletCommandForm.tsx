/**
 * Books a top-up, an adjustment or a refund. The reference is made when the form opens and stays the same until it
 * closes: a double click, or a second try after a lost answer, books once.
 */
import { Alert, Button, Flex, Form, Input, Modal } from 'antd';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { useWalletCommand, type WalletCommand } from '@/api/queries/adminBilling';
import type { MovedBody } from '@/api/schema';
import { nanosOf } from '@/components/amount';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Money } from '@/components/Money';
import { adminBilling } from '@/i18n/adminBilling';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { TraceLink } from '../../parts/TraceLink';

interface Props {
  kind: WalletCommand['kind'];
  orgId: string;
  currency: string;
  /** Of a refund: the capture, and how much can be given back at most. */
  capture?: { ref: string; amount_nanos: number };
  trigger: (open: () => void) => ReactNode;
}

export function WalletCommandButton({ trigger, ...rest }: Props) {
  const t = useTexts(adminBilling);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {trigger(() => setOpen(true))}
      <Modal
        open={isOpen}
        title={t(`wallet.${rest.kind}`)}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        <CommandForm {...rest} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

interface Values {
  amount: string;
  reason: string;
  ref: string;
}

type FormProps = Omit<Props, 'trigger'> & { onClose: () => void };

export function CommandForm({ kind, orgId, currency, capture, onClose }: FormProps) {
  const t = useTexts(adminBilling);
  const words = useTexts(common);
  const command = useWalletCommand(orgId);
  const isUnderWay = useRef(false);
  const ref = useMemo(() => `console:${crypto.randomUUID()}`, []);
  const isSigned = kind === 'adjust';
  const initial = { ref, reason: '', amount: capture ? decimalOf(capture.amount_nanos) : '' };

  function checkAmount(_: unknown, text: string): Promise<void> {
    const nanos = nanosOf(text ?? '');
    const isFit = nanos !== null && (isSigned ? nanos !== 0 : nanos > 0);
    return isFit ? Promise.resolve() : Promise.reject(t(isSigned ? 'wallet.notASignedAmount' : 'wallet.notAnAmount'));
  }

  function book({ amount, reason, ref: named }: Values) {
    // The second half of a double click comes before the button is seen to be busy.
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    const body = { ref: named.trim(), amount_nanos: nanosOf(amount) ?? 0, reason: reason.trim() };
    const again = {
      onError: () => {
        isUnderWay.current = false;
      },
    };
    if (kind === 'refund') command.mutate({ kind, body: { ...body, capture_ref: capture?.ref ?? '' } }, again);
    else command.mutate({ kind, body }, again);
  }

  if (command.data) return <Booked moved={command.data} currency={currency} onClose={onClose} />;
  return (
    <Form<Values> layout="vertical" initialValues={initial} onFinish={book} requiredMark={false}>
      {capture && <Form.Item label={t('wallet.ofCapture')}>{capture.ref}</Form.Item>}
      <Form.Item
        name="amount"
        label={t('wallet.amount')}
        extra={t(isSigned ? 'wallet.amountSigned' : 'wallet.amountHint', { currency })}
        rules={[{ validator: checkAmount }]}
      >
        <Input inputMode="decimal" autoComplete="off" autoFocus />
      </Form.Item>
      <Form.Item
        name="reason"
        label={t('wallet.reason')}
        extra={t('wallet.reasonHint')}
        rules={[{ required: true, whitespace: true, message: t('wallet.reasonMissing') }]}
      >
        <Input maxLength={500} />
      </Form.Item>
      <Form.Item
        name="ref"
        label={t('wallet.ref')}
        extra={t('wallet.refHint')}
        rules={[{ required: true, whitespace: true, message: t('wallet.refMissing') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      {command.error && <ErrorNotice error={command.error} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={command.isPending}>
          {t(`wallet.${kind}`)}
        </Button>
      </Flex>
    </Form>
  );
}

function Booked({ moved, currency, onClose }: { moved: MovedBody; currency: string; onClose: () => void }) {
  const t = useTexts(adminBilling);
  const words = useTexts(common);
  const row = moved.transaction;
  return (
    <Flex vertical gap={16}>
      <Alert
        type={moved.replayed ? 'warning' : 'success'}
        showIcon
        role="status"
        title={t(moved.replayed ? 'wallet.replayed' : 'wallet.booked')}
        description={
          row && (
            <Flex gap={8} wrap>
              {t('wallet.newBalance')} <Money nanos={row.balance_after_nanos} currency={currency} />
              <TraceLink id={row.trace_id} />
            </Flex>
          )
        }
      />
      <Flex justify="flex-end">
        <Button type="primary" onClick={onClose}>
          {words('close')}
        </Button>
      </Flex>
    </Flex>
  );
}

function decimalOf(nanos: number): string {
  const digits = String(nanos).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '');
}
