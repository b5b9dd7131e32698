/** Puts a refusal beside the field that it is about, where the gateway names one that the form has. */
import type { FormInstance } from 'antd';
import { ApiError } from '@/api/errors';
import type { errors } from '@/i18n/errors';
import type { Translate } from '@/i18n/i18n';
import { errorText } from './errorText';

/** Whether the form has the field; else the error is to be shown as a whole. */
export function showAtField(form: FormInstance, error: unknown, t: Translate<typeof errors.en>): boolean {
  if (!(error instanceof ApiError) || !error.param || error.status === 401) return false;
  const name = error.param.split('.');
  if (!form.getFieldInstance(name)) return false;
  const { what, detail } = errorText(error, t);
  form.setFields([{ name, errors: [detail ? `${what} (${detail})` : what] }]);
  form.scrollToField(name, { focus: true });
  return true;
}
