/** The field of a password to be: what it needs, and how hard it is to guess. */
import { Form, Input, Progress, Typography } from 'antd';
import { auth } from '@/i18n/auth';
import { useTexts } from '@/i18n/i18n';
import { type Strength, strengthOf } from './password';

interface Props {
  name: string;
  label: string;
  charsMin: number;
  /** Fields whose words the password should not be made of. */
  ownFields?: string[];
  own?: string[];
}

const PERCENT: Record<Strength, number> = { weak: 30, fair: 65, strong: 100 };
const STATUS = { weak: 'exception', fair: 'normal', strong: 'success' } as const;

export function NewPassword({ name, label, charsMin, ownFields = [], own = [] }: Props) {
  const t = useTexts(auth);
  return (
    <>
      <Form.Item
        name={name}
        label={label}
        rules={[
          { required: true, message: t('missing') },
          { min: charsMin, message: t('tooShort', { count: charsMin }) },
        ]}
        extra={t('strength.hint', { count: charsMin })}
        style={{ marginBlockEnd: 8 }}
        validateTrigger="onBlur"
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item noStyle shouldUpdate>
        {(form) => {
          const known = [...own, ...ownFields.map((field) => String(form.getFieldValue(field) ?? ''))];
          return <Meter password={String(form.getFieldValue(name) ?? '')} own={known} />;
        }}
      </Form.Item>
    </>
  );
}

function Meter({ password, own }: { password: string; own: string[] }) {
  const t = useTexts(auth);
  const strength = strengthOf(password, own);
  return (
    <div style={{ display: 'flex', alignItems: 'center', gap: 12, minHeight: 24, marginBlockEnd: 16 }}>
      {password !== '' && (
        <>
          <Progress
            percent={PERCENT[strength]}
            status={STATUS[strength]}
            showInfo={false}
            size="small"
            aria-label={t('strength.label')}
            style={{ flex: 1, margin: 0 }}
          />
          <Typography.Text type="secondary" aria-live="polite">
            {t(`strength.${strength}`)}
          </Typography.Text>
        </>
      )}
    </div>
  );
}
