/** A time in the viewer's own zone; the exact one, with its zone, on hover and for machines. */
import { Tooltip } from 'antd';
import { useMe } from '@/api/queries/me';
import { common } from '@/i18n/common';
import { type Language, useLanguage, useTexts } from '@/i18n/i18n';
import { localeOf } from './numbers';

interface Props {
  /** ISO 8601. Null: never. */
  at: string | null | undefined;
  withSeconds?: boolean;
}

export function DateTime({ at, withSeconds = false }: Props) {
  const t = useTexts(common);
  const language = useLanguage();
  const zone = useTimeZone();
  if (!at) return <span>{t('never')}</span>;
  return (
    <Tooltip title={formatTime(at, { language, zone, isExact: true })}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {formatTime(at, { language, zone, withSeconds })}
      </time>
    </Tooltip>
  );
}

/** The zone of the profile; before log-in, the browser's. */
export function useTimeZone(): string {
  const { data } = useMe();
  return data?.user.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

interface TimeStyle {
  language: Language;
  zone: string;
  withSeconds?: boolean;
  isExact?: boolean;
}

/** This year's times are told without the year: tables are wide enough. */
export function formatTime(at: string, style: TimeStyle, now: Date = new Date()): string {
  const { language, zone, withSeconds = false, isExact = false } = style;
  const written = (parts: Intl.DateTimeFormatOptions, time: Date) =>
    new Intl.DateTimeFormat(localeOf(language), { ...parts, timeZone: zone }).format(time);
  const time = new Date(at);
  if (isExact) return written({ dateStyle: 'full', timeStyle: 'long' }, time);
  const isThisYear = written({ year: 'numeric' }, time) === written({ year: 'numeric' }, now);
  const hour = language === 'zh' ? '2-digit' : 'numeric';
  const parts: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour, minute: '2-digit' };
  if (withSeconds) parts.second = '2-digit';
  if (!isThisYear) parts.year = 'numeric';
  return written(parts, time);
}
