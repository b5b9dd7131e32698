/** The conversations: searched, told apart by project and by when they were last used; pinned, renamed, moved, saved. */
import FolderOutlined from '@ant-design/icons/FolderOutlined';
import MoreOutlined from '@ant-design/icons/MoreOutlined';
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import SearchOutlined from '@ant-design/icons/SearchOutlined';
import { Button, Dropdown, Flex, Input, Modal, Spin, Typography } from 'antd';
import { useDeferredValue, useState } from 'react';
import { NavLink, useNavigate } from 'react-router';
import {
  downloadConversation,
  useChangeConversation,
  useChatProjects,
  useConversations,
  useDeleteConversation,
} from '@/api/queries/chat';
import type { ConversationBody, ExcerptBody, ProjectBody } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { usePlaceName } from '@/components/usePlaceName';
import { useTellFault } from '@/components/useTellFault';
import { chat } from '@/i18n/chat';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import styles from './ConversationList.module.css';
import { type Group, grouped } from './grouped';

const TITLE_MAX = 200;
const EVERY = 'every';

export function ConversationList({ onLeave }: { onLeave?: () => void }) {
  const t = useTexts(chat);
  const [typed, setTyped] = useState('');
  const [projectId, setProjectId] = useState<string | null>(null);
  const text = useDeferredValue(typed.trim());
  const list = useConversations({ text, projectId, pinned: text ? null : false });
  const pinned = useConversations({ text: '', projectId, pinned: true });
  const kept = text ? [] : (pinned.data ?? []);
  const { data: projects = [] } = useChatProjects();
  return (
    <nav aria-label={t('conversations')} className={styles.list}>
      <NavLink to="/chat" end className={styles.begin ?? ''} onClick={onLeave}>
        <PlusOutlined aria-hidden /> {t('newChat')}
      </NavLink>
      <Input
        type="search"
        allowClear
        prefix={<SearchOutlined aria-hidden />}
        value={typed}
        maxLength={TITLE_MAX}
        placeholder={t('search')}
        aria-label={t('search')}
        onChange={(event) => setTyped(event.target.value)}
      />
      {projects.length > 1 && <ProjectPicker projects={projects} value={projectId} onChange={setProjectId} />}
      <div className={styles.rows}>
        {list.isPending && <Spin />}
        {list.error && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
        {list.data?.length === 0 && kept.length === 0 && (
          <EmptyState title={t(text ? 'nothingFound' : 'noConversations')} />
        )}
        {kept.length > 0 && <Rows group="pinned" rows={kept} onLeave={onLeave} />}
        {grouped(list.data ?? []).map(([group, rows]) => (
          <Rows key={group} group={group} rows={rows} onLeave={onLeave} />
        ))}
        {list.hasNextPage && (
          <Button block type="text" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('loadMore')}
          </Button>
        )}
      </div>
    </nav>
  );
}

interface PickerProps {
  projects: ProjectBody[];
  value: string | null;
  onChange: (projectId: string | null) => void;
}

/** The folders. */
function ProjectPicker({ projects, value, onChange }: PickerProps) {
  const t = useTexts(chat);
  const nameOf = usePlaceName();
  const items = [
    { key: EVERY, label: t('allProjects') },
    ...projects.map((project) => ({ key: project.id, label: <Given>{nameOf(project)}</Given> })),
  ];
  const chosen = projects.find((project) => project.id === value);
  return (
    <Dropdown
      trigger={['click']}
      menu={{ items, selectedKeys: [value ?? EVERY], onClick: ({ key }) => onChange(key === EVERY ? null : key) }}
    >
      <Button icon={<FolderOutlined aria-hidden />} className={styles.project ?? ''}>
        <span className="visually-hidden">{t('project')} </span>
        {chosen ? <Given>{nameOf(chosen)}</Given> : t('allProjects')}
      </Button>
    </Dropdown>
  );
}

interface RowsProps {
  group: Group | 'pinned';
  rows: ConversationBody[];
  onLeave: (() => void) | undefined;
}

function Rows({ group, rows, onLeave }: RowsProps) {
  const t = useTexts(chat);
  return (
    <section>
      <Typography.Text type="secondary" className={styles.group ?? ''}>
        {t(`groups.${group}`)}
      </Typography.Text>
      <ul>
        {rows.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} onLeave={onLeave} />
        ))}
      </ul>
    </section>
  );
}

function Row({ conversation, onLeave }: { conversation: ConversationBody; onLeave: (() => void) | undefined }) {
  const t = useTexts(chat);
  const title = conversation.title || t('untitled');
  return (
    <li className={styles.row}>
      <NavLink
        to={`/chat/${conversation.id}`}
        className={styles.link ?? ''}
        title={title}
        {...(conversation.title && { translate: 'no' })}
        onClick={onLeave}
      >
        {title}
        {conversation.excerpt && <Hit excerpt={conversation.excerpt} />}
      </NavLink>
      <RowMenu conversation={conversation} title={title} />
    </li>
  );
}

/** Where a search found its text; the hit is marked. */
function Hit({ excerpt: { before, hit, after } }: { excerpt: ExcerptBody }) {
  return (
    <span className={styles.excerpt} translate="no">
      {before}
      <mark>{hit}</mark>
      {after}
    </span>
  );
}

type Asked = 'rename' | 'delete' | null;

function RowMenu({ conversation, title }: { conversation: ConversationBody; title: string }) {
  const t = useTexts(chat);
  const words = useTexts(common);
  const tell = useTellFault();
  const [asked, setAsked] = useState<Asked>(null);
  const change = useChangeConversation();
  const nameOf = usePlaceName();
  const { data: projects = [] } = useChatProjects();
  const { id } = conversation;
  const others = projects.filter((project) => project.id !== conversation.project_id);
  const items = [
    {
      key: 'pin',
      label: t(conversation.pinned ? 'unpin' : 'pin'),
      onClick: () => change.mutate({ id, pinned: !conversation.pinned }, { onError: tell }),
    },
    { key: 'rename', label: t('rename'), onClick: () => setAsked('rename') },
    ...(others.length > 0
      ? [
          {
            key: 'move',
            label: t('moveTo'),
            children: others.map((project) => ({
              key: project.id,
              label: <Given>{nameOf(project)}</Given>,
              onClick: () => change.mutate({ id, project_id: project.id }, { onError: tell }),
            })),
          },
        ]
      : []),
    { key: 'md', label: t('exportMarkdown'), onClick: () => void downloadConversation(id, 'md').catch(tell) },
    { key: 'json', label: t('exportJson'), onClick: () => void downloadConversation(id, 'json').catch(tell) },
    { key: 'delete', label: words('delete'), danger: true, onClick: () => setAsked('delete') },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <Button
          type="text"
          size="small"
          className={styles.more ?? ''}
          icon={<MoreOutlined aria-hidden />}
          aria-label={t('more', { title })}
        />
      </Dropdown>
      <RenameModal conversation={conversation} isOpen={asked === 'rename'} onClose={() => setAsked(null)} />
      <DeleteModal conversation={conversation} isOpen={asked === 'delete'} onClose={() => setAsked(null)} />
    </>
  );
}

interface ModalProps {
  conversation: ConversationBody;
  isOpen: boolean;
  onClose: () => void;
}

function RenameModal({ conversation, isOpen, onClose }: ModalProps) {
  const t = useTexts(chat);
  const words = useTexts(common);
  const change = useChangeConversation();
  const [title, setTitle] = useState(conversation.title);
  const save = () => change.mutate({ id: conversation.id, title }, { onSuccess: onClose });
  return (
    <Modal
      open={isOpen}
      title={t('rename')}
      okText={words('save')}
      cancelText={words('cancel')}
      confirmLoading={change.isPending}
      destroyOnHidden
      onOk={save}
      onCancel={onClose}
    >
      <Input
        value={title}
        maxLength={TITLE_MAX}
        aria-label={t('newTitle')}
        onChange={(event) => setTitle(event.target.value)}
        onPressEnter={save}
      />
      {change.error && <ErrorNotice error={change.error} />}
    </Modal>
  );
}

function DeleteModal({ conversation, isOpen, onClose }: ModalProps) {
  const t = useTexts(chat);
  const words = useTexts(common);
  const remove = useDeleteConversation();
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(conversation.id, {
      onSuccess: () => {
        onClose();
        void navigate('/chat');
      },
    });
  return (
    <Modal
      open={isOpen}
      title={t('deleteTitle', { title: conversation.title || t('untitled') })}
      okText={words('delete')}
      cancelText={words('cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={remove.isPending}
      onOk={confirm}
      onCancel={onClose}
    >
      <Flex vertical gap={12}>
        {t('deleteConsequence')}
        {remove.error && <ErrorNotice error={remove.error} />}
      </Flex>
    </Modal>
  );
}
