/** One message: who said it, what was said, what it cost, and what can be done with it. Pure presentation. */
import EditOutlined from '@ant-design/icons/EditOutlined';
import FileOutlined from '@ant-design/icons/FileOutlined';
import LeftOutlined from '@ant-design/icons/LeftOutlined';
import ReloadOutlined from '@ant-design/icons/ReloadOutlined';
import RightOutlined from '@ant-design/icons/RightOutlined';
import { Alert, Button, Flex, Input, Spin, Tag, Typography } from 'antd';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import type { AnswerBody, PlacedMessageBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import type { ShownMessage } from '@/hooks/useChat';
import { chat } from '@/i18n/chat';
import { common } from '@/i18n/common';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { AgentThought } from './AgentThought';
import styles from './MessageItem.module.css';
import { Said } from './Said';

interface Props {
  message: ShownMessage;
  /** Nothing can be asked just now. */
  isBusy: boolean;
  onEdit: (message: PlacedMessageBody, text: string) => void;
  onRegenerate: (message: PlacedMessageBody) => void;
  onShow: (messageId: string) => void;
}

export const MessageItem = memo(function MessageItem(props: Props) {
  const { message } = props;
  return (
    <article
      className={`${styles.message} ${message.role === 'user' ? styles.own : ''}`}
      aria-label={useSpeaker(message)}
    >
      {message.role === 'user' ? <Question {...props} /> : <Answer {...props} />}
    </article>
  );
});

function useSpeaker({ role, stored }: ShownMessage): string {
  const t = useTexts(chat);
  return role === 'user' ? t('you') : (stored?.answer?.model ?? t('model'));
}

function Question(props: Props) {
  const { message, onEdit } = props;
  const t = useTexts(chat);
  const words = useTexts(common);
  const [text, setText] = useState<string | null>(null);
  const { stored } = message;
  if (text !== null && stored) {
    const save = () => {
      setText(null);
      if (text.trim()) onEdit(stored, text);
    };
    return (
      <Flex vertical gap={8} className={styles.editing ?? ''}>
        <Input.TextArea
          value={text}
          autoFocus
          autoSize={{ minRows: 2, maxRows: 12 }}
          aria-label={t('edit')}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setText(null);
          }}
        />
        <Flex gap={8} justify="end">
          <Button onClick={() => setText(null)}>{words('cancel')}</Button>
          <Button type="primary" disabled={props.isBusy || !text.trim()} onClick={save}>
            {t('saveEdit')}
          </Button>
        </Flex>
      </Flex>
    );
  }
  return (
    <>
      <div className={styles.bubble}>
        {message.content}
        <Attachments message={message} />
      </div>
      {stored && (
        <Flex gap={2} align="center" className={styles.actions ?? ''}>
          <Branches {...props} stored={stored} />
          <CopyButton text={message.content} label={t('copyMessage')} />
          <Button
            type="text"
            size="small"
            icon={<EditOutlined aria-hidden />}
            aria-label={t('edit')}
            disabled={props.isBusy}
            onClick={() => setText(message.content)}
          />
        </Flex>
      )}
    </>
  );
}

function Answer(props: Props) {
  const { message, onRegenerate } = props;
  const t = useTexts(chat);
  const { stored, phase } = message;
  const isWriting = phase === 'writing' || phase === 'waiting' || phase === 'reconnecting';
  return (
    <>
      {message.reasoning && <AgentThought text={message.reasoning} isThinking={isWriting && !message.content} />}
      {message.content && <Said text={message.content} isWriting={isWriting} />}
      {isWriting && !message.content && <Spin size="small" aria-label={t('waiting')} />}
      {phase === 'reconnecting' && <Alert type="warning" showIcon title={t('reconnecting')} />}
      {stored && phase === null && <Problem message={stored} />}
      {stored && stored.sources.length > 0 && <Sources message={stored} />}
      <Flex gap={4} align="center" wrap className={styles.actions ?? ''}>
        {stored && <Branches {...props} stored={stored} />}
        {message.content && <CopyButton text={message.content} label={t('copyMessage')} />}
        {stored && !isWriting && (
          <Button
            type="text"
            size="small"
            icon={<ReloadOutlined aria-hidden />}
            aria-label={t('regenerate')}
            disabled={props.isBusy}
            onClick={() => onRegenerate(stored)}
          />
        )}
        {stored?.answer && <Facts message={stored} answer={stored.answer} isStopped={phase === 'stopped'} />}
      </Flex>
    </>
  );
}

/** Model, ending, cost, tokens, trace. */
function Facts({ message, answer, isStopped }: { message: PlacedMessageBody; answer: AnswerBody; isStopped: boolean }) {
  const t = useTexts(chat);
  const language = useLanguage();
  const isOver = message.state === 'done';
  const { tokens } = answer;
  return (
    <Typography.Text type="secondary" className={styles.facts ?? ''}>
      <span>{answer.model}</span>
      {(isStopped || answer.ending === 'client_aborted') && <Tag>{t('stopped')}</Tag>}
      {isOver && answer.currency && (
        <>
          <span title={`${answer.cost_exact} ${answer.currency}`}>
            <span className="visually-hidden">{t('cost')} </span>
            <Money nanos={answer.cost_nanos} currency={answer.currency} />
          </span>
          <span>
            {t('tokensInOut', {
              input: formatCount(tokens.input_total, language),
              output: formatCount(tokens.output_total, language),
            })}
          </span>
        </>
      )}
      {!isOver && answer.ending && <span>{t('settling')}</span>}
      <span className={styles.trace}>
        {t('trace')} <code>{message.trace_id.slice(0, 8)}</code>
        <CopyButton text={message.trace_id} label={t('copyTrace')} />
      </span>
    </Typography.Text>
  );
}

/** ‹ 2 / 3 › */
function Branches({ stored, onShow, isBusy }: Props & { stored: PlacedMessageBody }) {
  const t = useTexts(chat);
  const { count, nth, previous_id, next_id } = stored.siblings;
  if (count < 2) return null;
  return (
    <Flex align="center">
      <Button
        type="text"
        size="small"
        icon={<LeftOutlined aria-hidden />}
        aria-label={t('previousBranch')}
        disabled={isBusy || !previous_id}
        onClick={() => previous_id && onShow(previous_id)}
      />
      <Typography.Text type="secondary">{t('branchOf', { nth, count })}</Typography.Text>
      <Button
        type="text"
        size="small"
        icon={<RightOutlined aria-hidden />}
        aria-label={t('nextBranch')}
        disabled={isBusy || !next_id}
        onClick={() => next_id && onShow(next_id)}
      />
    </Flex>
  );
}

type Code = Exclude<keyof typeof chat.en.problems, 'other'>;

/** Why there is no answer, or only a part of one, and what helps. */
function Problem({ message }: { message: PlacedMessageBody }) {
  const t = useTexts(chat);
  const error = message.answer?.error;
  if (!error) return null;
  const code = error.code in chat.en.problems ? (error.code as Code) : 'other';
  const isMoney = code === 'insufficient_quota' || code === 'budget_exceeded';
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={t(`problems.${code}`)}
      description={
        <Flex vertical gap={8} align="start">
          {error.message && <span lang="en">{error.message}</span>}
          {isMoney && <Link to="/billing">{t('openBilling')}</Link>}
        </Flex>
      }
    />
  );
}

function Sources({ message }: { message: PlacedMessageBody }) {
  const t = useTexts(chat);
  return (
    <section aria-label={t('sources')} className={styles.sources}>
      <Typography.Text type="secondary">{t('sources')}</Typography.Text>
      <ol>
        {message.sources.map((source) => (
          <li key={source.url}>
            <a href={source.url} target="_blank" rel="noopener noreferrer nofollow">
              {source.title || source.url}
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Attachments({ message }: { message: ShownMessage }) {
  const files = message.stored?.attachments ?? [];
  if (files.length === 0) return null;
  return (
    <Flex wrap gap={4} className={styles.files ?? ''}>
      {files.map((file) => (
        <Tag key={file.file_id} icon={<FileOutlined aria-hidden />}>
          {file.name}
        </Tag>
      ))}
    </Flex>
  );
}
