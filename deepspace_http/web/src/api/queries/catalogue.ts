/** The catalogue of models and their prices, as administrators keep them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type {
  CreateModelBody,
  ModelKind,
  PreviewPriceBody,
  SetPriceBody,
  UpdateModelBody,
  Visibility,
} from '../schema';
import { because } from './adminLists';

const MODEL = '/api/v1/admin/models/{model_id}';
export const modelsKey = ['catalogue', 'models'];
export const pricesKey = ['catalogue', 'prices'];

export function loadModels(page: PageQuery, filters: FilterValues) {
  const { state, kind, visibility, search } = filters;
  const query = {
    ...page,
    ...(search && { search }),
    ...(state && { enabled: state === 'enabled' }),
    ...(kind && { kind: kind as ModelKind }),
    ...(visibility && { visibility: visibility as Visibility }),
  };
  return unwrap(api.GET('/api/v1/admin/models', { params: { query } }));
}

export function useModel(modelId: string) {
  return useQuery({
    queryKey: [...modelsKey, modelId],
    queryFn: () => unwrap(api.GET(MODEL, { params: { path: { model_id: modelId } } })),
  });
}

/** What these models sell at now. */
export function usePricesInEffect(modelIds: string[]) {
  return useQuery({
    queryKey: [...pricesKey, 'effective', modelIds],
    enabled: modelIds.length > 0,
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET('/api/v1/admin/prices/effective', { params: { query: { model_id: modelIds } } })),
  });
}

/** Every version of a model's rate card, the newest first. */
export function usePriceVersions(modelId: string) {
  return useQuery({
    queryKey: [...pricesKey, modelId],
    queryFn: () => unwrap(api.GET('/api/v1/admin/prices', { params: { query: { model_id: modelId, limit: 200 } } })),
  });
}

export function usePreview(modelId: string, body: PreviewPriceBody | null) {
  return useQuery({
    queryKey: [...pricesKey, modelId, 'preview', body],
    enabled: body !== null,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: () =>
      unwrap(
        api.POST(`${MODEL}/prices/preview`, {
          params: { path: { model_id: modelId } },
          body: body as PreviewPriceBody,
        }),
      ),
  });
}

export function useCreateModel() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateModelBody) => unwrap(api.POST('/api/v1/admin/models', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: modelsKey }),
  });
}

export function useUpdateModel(modelId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ reason = '', ...body }: UpdateModelBody & { reason?: string }) =>
      unwrap(api.PATCH(MODEL, { params: { path: { model_id: modelId }, query: because(reason) }, body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: modelsKey }),
  });
}

export function useSetPrice(modelId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ body, reason }: { body: SetPriceBody; reason: string }) =>
      unwrap(api.POST(`${MODEL}/prices`, { params: { path: { model_id: modelId }, query: because(reason) }, body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: pricesKey }),
  });
}
