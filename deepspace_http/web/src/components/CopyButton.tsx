/** Copies a text and says that it did. */
import CheckOutlined from '@ant-design/icons/CheckOutlined';
import CopyOutlined from '@ant-design/icons/CopyOutlined';
import { App, Button } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

const SHOWN_MS = 2_000;

interface Props {
  text: string;
  /** What is copied, for screen readers: "Copy the trace id". */
  label?: string;
  /** Written on the button; without it there is the icon alone. */
  children?: ReactNode;
}

export function CopyButton({ text, label, children }: Props) {
  const t = useTexts(common);
  const { message } = App.useApp();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy() {
    if (await copyText(text)) setCopied(true);
    else message.warning(t('copyFailed'));
  }

  return (
    <Button
      type={children ? 'default' : 'text'}
      size="small"
      icon={isCopied ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />}
      aria-label={children ? undefined : isCopied ? t('copied') : (label ?? t('copy'))}
      onClick={copy}
    >
      {children}
    </Button>
  );
}

/** Whether it worked. Pages on plain http have no clipboard, so the old way is the second. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const isDone = document.execCommand?.('copy') ?? false;
  area.remove();
  return isDone;
}
