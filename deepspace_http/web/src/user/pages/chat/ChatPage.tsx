/** The chat: conversations at the side, on a phone behind a button; one of them in the middle. */
import MenuUnfoldOutlined from '@ant-design/icons/MenuUnfoldOutlined';
import SettingOutlined from '@ant-design/icons/SettingOutlined';
import { Button, Drawer, Flex, Skeleton, Typography } from 'antd';
import { lazy, Suspense, useId, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { ApiError, NetworkError } from '@/api/errors';
import {
  useBeginConversation,
  useChangeConversation,
  useChatModels,
  useChatProjects,
  useConversation,
} from '@/api/queries/chat';
import type { ConversationBody } from '@/api/schema';
import { MessageList } from '@/components/ai/MessageList';
import { PromptInput } from '@/components/ai/PromptInput';
import { ErrorNotice } from '@/components/ErrorNotice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useTellFault } from '@/components/useTellFault';
import { useChat } from '@/hooks/useChat';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import { NEW, useDrafts } from '@/stores/drafts';
import { usePlace } from '@/stores/place';
import { Announcer } from './Announcer';
import styles from './ChatPage.module.css';
import { ConversationList } from './ConversationList';
import { ModelPicker } from './ModelPicker';
import { useEnclosures } from './useEnclosures';
import { Welcome } from './Welcome';

const SettingsDrawer = lazy(() => import('./SettingsDrawer'));

export function Component() {
  const { conversationId = null } = useParams();
  const t = useTexts(chat);
  const [isListOpen, setListOpen] = useState(false);
  return (
    <div className={styles.page}>
      <div className={styles.side}>
        <ConversationList />
      </div>
      <Drawer
        open={isListOpen}
        placement="left"
        size={300}
        title={t('conversations')}
        styles={{ body: { padding: 0 } }}
        onClose={() => setListOpen(false)}
      >
        <ConversationList onLeave={() => setListOpen(false)} />
      </Drawer>
      <Talk key={conversationId ?? NEW} id={conversationId} onOpenList={() => setListOpen(true)} />
    </div>
  );
}

function Talk({ id, onOpenList }: { id: string | null; onOpenList: () => void }) {
  const t = useTexts(chat);
  const { data: conversation, error } = useConversation(id);
  const talk = useChat(id);
  const { query } = talk;
  const tell = useTellFault();
  const title = conversation?.title || t(id ? 'untitled' : 'newChat');
  useDocumentTitle(title);
  const headId = useId();
  return (
    <section className={styles.talk} aria-labelledby={headId}>
      <TalkHead id={headId} title={title} conversation={conversation} onOpenList={onOpenList} />
      {id === null && <Welcome />}
      {id !== null && query.isPending && !error && <Skeleton active className={styles.loading ?? ''} />}
      {(error ?? query.error) && (
        <div className={styles.notice}>
          <ErrorNotice error={error ?? query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {id !== null && query.data && (
        <MessageList
          messages={talk.messages}
          isBusy={talk.isRunning}
          hasOlder={query.hasNextPage}
          isLoadingOlder={query.isFetchingNextPage}
          onOlder={() => void query.fetchNextPage()}
          onEdit={(message, text) => void talk.edit(message, text)}
          onRegenerate={(message) => void talk.regenerate(message)}
          onShow={(messageId) => void talk.show(messageId).catch(tell)}
        />
      )}
      <Announcer phase={talk.messages.at(-1)?.phase ?? null} />
      <Composer key={id} id={id} conversation={conversation} talk={talk} />
    </section>
  );
}

interface HeadProps {
  id: string;
  title: string;
  conversation: ConversationBody | undefined;
  onOpenList: () => void;
}

function TalkHead({ id, title, conversation, onOpenList }: HeadProps) {
  const t = useTexts(chat);
  const [isOpen, setOpen] = useState(false);
  return (
    <Flex align="center" gap={8} className={styles.head ?? ''}>
      <Button
        type="text"
        className={styles.openList ?? ''}
        icon={<MenuUnfoldOutlined aria-hidden />}
        aria-label={t('openList')}
        onClick={onOpenList}
      />
      <Typography.Title
        id={id}
        level={1}
        ellipsis
        className={styles.title ?? ''}
        {...(conversation?.title && { translate: 'no' })}
      >
        {title}
      </Typography.Title>
      {conversation && (
        <>
          <Button
            type="text"
            icon={<SettingOutlined aria-hidden />}
            aria-label={t('settings')}
            onClick={() => setOpen(true)}
          />
          {isOpen && (
            <Suspense>
              <SettingsDrawer conversation={conversation} onClose={() => setOpen(false)} />
            </Suspense>
          )}
        </>
      )}
    </Flex>
  );
}

interface ComposerProps {
  id: string | null;
  conversation: ConversationBody | undefined;
  talk: ReturnType<typeof useChat>;
}

/** Everything under the messages: what refused the last question, the draft, its files, the model. */
function Composer({ id, conversation, talk }: ComposerProps) {
  const t = useTexts(chat);
  const draftId = id ?? NEW;
  const text = useDrafts((drafts) => drafts.texts[draftId] ?? '');
  const write = useDrafts((drafts) => drafts.write);
  const enclose = useDrafts((drafts) => drafts.enclose);
  const [fault, setFault] = useState<unknown>(null);
  const model = useModel(conversation);
  const enclosed = useEnclosures({ draftId, projectId: useProject(conversation), onFault: setFault });
  const begin = useBegun(model.name);

  async function send() {
    const { files } = enclosed;
    const said = text.trim();
    if (!said || files === null || !model.name) return;
    setFault(null);
    talk.forgetFault();
    write(draftId, '');
    enclose(draftId, []);
    enclosed.clear();
    try {
      await talk.send(id ?? (await begin()), said, files);
    } catch (error) {
      write(draftId, said);
      enclose(draftId, files);
      setFault(error);
    }
  }

  const shownFault = talk.fault ?? fault;
  return (
    <div className={styles.composer}>
      {shownFault !== null && (
        <ErrorNotice
          error={shownFault}
          {...(isWorthRetrying(shownFault) && { onRetry: () => void send() })}
          {...(isOfMoney(shownFault) && { action: <Link to="/billing">{t('openBilling')}</Link> })}
        />
      )}
      <PromptInput
        text={text}
        onText={(changed) => write(draftId, changed)}
        enclosures={enclosed.enclosures}
        onFiles={enclosed.add}
        onRemove={enclosed.remove}
        isRunning={talk.isRunning}
        isDisabled={!model.name || enclosed.files === null}
        onSend={() => void send()}
        onStop={() => void talk.stop().catch(setFault)}
        controls={<ModelPicker value={model.name} onChange={model.choose} />}
      />
    </div>
  );
}

/** What may pass by itself: a limit, a gateway or an upstream that is busy, a network that is away. */
function isWorthRetrying(fault: unknown): boolean {
  return fault instanceof NetworkError || (fault instanceof ApiError && (fault.status === 429 || fault.status >= 500));
}

/** The wallet, or a cap on it, does not cover the question. */
function isOfMoney(fault: unknown): boolean {
  return fault instanceof ApiError && fault.status === 402;
}

/** The conversation's model; before there is one, what was chosen last, else what the operator recommends. */
function useModel(conversation: ConversationBody | undefined) {
  const { data: models } = useChatModels();
  const change = useChangeConversation();
  const tell = useTellFault();
  const [chosen, setChosen] = useState(() => localStorage.getItem(LAST_MODEL));
  const offered =
    models?.find((model) => model.name === chosen) ?? models?.find((model) => model.recommended) ?? models?.[0];
  return {
    name: conversation?.model ?? offered?.name,
    choose: (model: string) => {
      localStorage.setItem(LAST_MODEL, model);
      setChosen(model);
      if (conversation) change.mutate({ id: conversation.id, model }, { onError: tell });
    },
  };
}

const LAST_MODEL = 'deepspace.model';

/** The conversation's project; before there is one, where the person works. */
function useProject(conversation: ConversationBody | undefined): string | undefined {
  const { data: projects } = useChatProjects();
  const placed = usePlace((place) => place.projectId);
  return conversation?.project_id ?? placed ?? projects?.find((project) => project.is_default)?.id ?? projects?.[0]?.id;
}

/** Begins a conversation and goes there; its id. */
function useBegun(model: string | undefined): () => Promise<string> {
  const begin = useBeginConversation();
  const navigate = useNavigate();
  return async () => {
    const { id } = await begin.mutateAsync({ model: model ?? '' });
    void navigate(`/chat/${id}`);
    return id;
  };
}
