/** Conversations, their messages, and the models that answer in them. */
import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, apiFetch, unwrap } from '../client';
import type {
  ConversationBody,
  CreateConversationBody,
  FileBody,
  PlacedMessageBody,
  PlacedMessageBodyPage,
  UpdateConversationBody,
} from '../schema';
import { type Uploading, upload } from '../upload';

const PAGE = 50;
const MODELS_MAX = 200;
const SETTLING_MS = 3_000;

export interface ConversationFilter {
  text: string;
  projectId: string | null;
  /** Null: pinned or not. */
  pinned: boolean | null;
}

/** The caller's conversations, the one used last first, page by page. */
export function useConversations({ text, projectId, pinned }: ConversationFilter) {
  return useInfiniteQuery({
    queryKey: ['conversations', { text, projectId, pinned }],
    queryFn: ({ pageParam }) => {
      const query = {
        limit: PAGE,
        ...(pageParam && { cursor: pageParam }),
        ...(text && { q: text }),
        ...(projectId && { project_id: projectId }),
        ...(pinned !== null && { pinned }),
      };
      return unwrap(api.GET('/api/v1/conversations', { params: { query } }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // A conversation that is used meanwhile moves to the top, and may then come twice.
    select: ({ pages }) => distinct(pages.flatMap((page) => page.data)),
  });
}

export function useConversation(id: string | null) {
  return useQuery({
    queryKey: ['conversation', id],
    queryFn: () =>
      unwrap(api.GET('/api/v1/conversations/{conversation_id}', { params: { path: { conversation_id: id ?? '' } } })),
    enabled: id !== null,
  });
}

/** The branch that is shown, oldest message first; earlier pages come on demand. */
export function useMessages(id: string | null) {
  return useInfiniteQuery({
    queryKey: ['messages', id],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/conversations/{conversation_id}/messages', {
          params: {
            path: { conversation_id: id ?? '' },
            query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: PlacedMessageBodyPage) => page.next_cursor ?? undefined,
    select: ({ pages }: InfiniteData<PlacedMessageBodyPage>): PlacedMessageBody[] =>
      distinct(pages.flatMap((page) => page.data)).reverse(),
    enabled: id !== null,
    // An answer that was stopped is read to its usage: its cost is worth another look.
    refetchInterval: ({ state }) => (state.data?.pages[0]?.data.some(isSettling) ? SETTLING_MS : false),
  });
}

function isSettling({ state, answer }: PlacedMessageBody): boolean {
  return state === 'running' && Boolean(answer?.ending);
}

export function useChatModels() {
  return useQuery({
    queryKey: ['models', 'chat'],
    queryFn: () => unwrap(api.GET('/api/v1/models', { params: { query: { limit: MODELS_MAX } } })),
    select: ({ data }) => data.filter((model) => model.kinds.includes('chat')),
    staleTime: 60_000,
  });
}

export function useChatProjects() {
  return useQuery({
    queryKey: ['projects', 'all'],
    queryFn: () => unwrap(api.GET('/api/v1/projects', { params: { query: { limit: MODELS_MAX } } })),
    select: ({ data }) => data.filter((project) => !project.archived_at),
    staleTime: 60_000,
  });
}

export function useBeginConversation() {
  const refresh = useRefreshConversations();
  return useMutation({
    mutationFn: (body: CreateConversationBody) => unwrap(api.POST('/api/v1/conversations', { body })),
    onSuccess: refresh,
  });
}

export function useChangeConversation() {
  const refresh = useRefreshConversations();
  return useMutation({
    mutationFn: ({ id, ...body }: UpdateConversationBody & { id: string }) =>
      unwrap(api.PATCH('/api/v1/conversations/{conversation_id}', { params: { path: { conversation_id: id } }, body })),
    onSuccess: refresh,
  });
}

export function useDeleteConversation() {
  const refresh = useRefreshConversations();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE('/api/v1/conversations/{conversation_id}', { params: { path: { conversation_id: id } } })),
    onSuccess: () => refresh(),
  });
}

/** Whatever has changed of a conversation: its place in the list, and itself. */
export function useRefreshConversations() {
  const cache = useQueryClient();
  return async (changed?: ConversationBody) => {
    if (changed?.id) cache.setQueryData(['conversation', changed.id], changed);
    await cache.invalidateQueries({ queryKey: ['conversations'] });
  };
}

export function showBranch(conversationId: string, messageId: string) {
  return unwrap(
    api.PUT('/api/v1/conversations/{conversation_id}/branch', {
      params: { path: { conversation_id: conversationId } },
      body: { message_id: messageId },
    }),
  );
}

export function stopAnswer(conversationId: string, messageId: string) {
  return unwrap(
    api.POST('/api/v1/conversations/{conversation_id}/messages/{message_id}/stop', {
      params: { path: { conversation_id: conversationId, message_id: messageId } },
    }),
  );
}

/** Puts a file into a project. */
export async function uploadFile(projectId: string, file: File, uploading: Uploading): Promise<FileBody> {
  const name = encodeURIComponent(file.name || 'pasted.png');
  const response = await upload(`/api/v1/projects/${projectId}/files?name=${name}`, file, uploading);
  return response.json();
}

/** Saves one conversation as a file of the person's own. */
export async function downloadConversation(id: string, form: 'md' | 'json'): Promise<void> {
  const response = await apiFetch(`/api/v1/conversations/${id}/export.${form}`);
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name ? decodeURIComponent(name) : `conversation.${form}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function distinct<Row extends { id: string }>(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
