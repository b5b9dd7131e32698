/** Where a message is written: Enter sends, Shift+Enter makes a line, Esc stops; files are picked, pasted or dropped. */
import ArrowUpOutlined from '@ant-design/icons/ArrowUpOutlined';
import PaperClipOutlined from '@ant-design/icons/PaperClipOutlined';
import { Button, Flex, Input, Tag, Typography } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import {
  type ClipboardEvent,
  type CSSProperties,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import styles from './PromptInput.module.css';

const UPLOADED = 100;

/** A file on its way to a message. */
export interface Enclosure {
  key: string;
  name: string;
  /** A hundred once it is uploaded. */
  percent: number;
  hasFailed: boolean;
}

interface Props {
  text: string;
  onText: (text: string) => void;
  enclosures: Enclosure[];
  onFiles: (files: File[]) => void;
  onRemove: (key: string) => void;
  isRunning: boolean;
  /** Nothing can be sent: no model, an upload under way. */
  isDisabled: boolean;
  onSend: () => void;
  onStop: () => void;
  /** Beside the send button: the choice of the model. */
  controls?: ReactNode;
}

export function PromptInput(props: Props) {
  const { text, onText, enclosures, onFiles, onRemove, isRunning, isDisabled, onSend, onStop, controls } = props;
  const t = useTexts(chat);
  const area = useRef<TextAreaRef>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const canSend = text.trim() !== '' && !isDisabled && !isRunning;
  useEscape(isRunning, onStop);
  useEffect(() => area.current?.focus({ preventScroll: true }), []);

  function onKeyDown(event: KeyboardEvent) {
    // Enter also ends a word in an input method: that is no wish to send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (canSend) onSend();
  }

  function onPaste(event: ClipboardEvent) {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    onFiles([...event.clipboardData.files]);
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button beside does the same
    <div
      className={`${styles.box} ${isOver ? styles.over : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {isOver && <div className={styles.drop}>{t('dropHere')}</div>}
      <Enclosures enclosures={enclosures} onRemove={onRemove} />
      <Input.TextArea
        ref={area}
        value={text}
        variant="borderless"
        autoSize={{ minRows: 1, maxRows: 10 }}
        aria-label={t('message')}
        aria-describedby="prompt-hint"
        placeholder={t('placeholder')}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <Flex gap={4} align="center" className={styles.bar ?? ''}>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            onFiles([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <Button
          type="text"
          icon={<PaperClipOutlined aria-hidden />}
          aria-label={t('attach')}
          onClick={() => picker.current?.click()}
        />
        {controls}
        <Typography.Text type="secondary" id="prompt-hint" className={styles.hint ?? ''}>
          {t('hint')}
        </Typography.Text>
        {isRunning ? (
          <Button shape="circle" icon={<span className={styles.square} />} aria-label={t('stop')} onClick={onStop} />
        ) : (
          <Button
            type="primary"
            shape="circle"
            icon={<ArrowUpOutlined aria-hidden />}
            aria-label={t('send')}
            disabled={!canSend}
            onClick={onSend}
          />
        )}
      </Flex>
    </div>
  );
}

function Enclosures({ enclosures, onRemove }: Pick<Props, 'enclosures' | 'onRemove'>) {
  const t = useTexts(chat);
  if (enclosures.length === 0) return null;
  return (
    <Flex wrap gap={4} className={styles.files ?? ''}>
      {enclosures.map(({ key, name, percent, hasFailed }) => (
        <Tag
          key={key}
          {...(hasFailed && { color: 'error' })}
          closable={{ 'aria-label': t('removeAttachment', { name }) }}
          onClose={() => onRemove(key)}
        >
          {hasFailed ? t('uploadFailed', { name }) : name}
          {percent < UPLOADED && !hasFailed && (
            <span
              role="progressbar"
              className={styles.progress}
              style={{ '--percent': `${percent}%` } as CSSProperties}
              aria-label={t('uploading', { name, percent })}
              aria-valuenow={percent}
            >
              {percent} %
            </span>
          )}
        </Tag>
      ))}
    </Flex>
  );
}

/** Esc stops wherever the focus is, unless something open wants it for itself. */
function useEscape(isRunning: boolean, onStop: () => void): void {
  const stop = useRef(onStop);
  stop.current = onStop;
  useEffect(() => {
    if (!isRunning) return;
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('[role="dialog"]'))
        stop.current();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isRunning]);
}
