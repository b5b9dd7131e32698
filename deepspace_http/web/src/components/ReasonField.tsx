/** Asks why something is done; the audit trail keeps it beside who did it. */
import { Form, Input } from 'antd';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

const REASON_CHARACTERS_MAX = 500;

interface Props {
  value: string;
  onChange: (reason: string) => void;
  isNeeded?: boolean;
}

export function Reason({ value, onChange, isNeeded = false }: Props) {
  const t = useTexts(common);
  return (
    <Form.Item
      label={t(isNeeded ? 'reason' : 'reasonOffered')}
      required={isNeeded}
      extra={t('reasonHint')}
      layout="vertical"
      htmlFor="reason"
    >
      <Input
        id="reason"
        value={value}
        maxLength={REASON_CHARACTERS_MAX}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </Form.Item>
  );
}

/** The same as a field of a form, called `reason`. */
export function ReasonField() {
  const t = useTexts(common);
  return (
    <Form.Item name="reason" label={t('reasonOffered')} extra={t('reasonHint')}>
      <Input maxLength={REASON_CHARACTERS_MAX} autoComplete="off" />
    </Form.Item>
  );
}
