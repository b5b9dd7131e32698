/** Exports of everybody's rows: asking for one, and the list of all. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { RequestAnyExportBody } from '../schema';
import { asQuery } from './adminLists';

const ALL = ['admin', 'exports'] as const;

export const exportsKey = ALL;

export function loadExports(page: PageQuery, filters: FilterValues) {
  return unwrap(
    api.GET('/api/v1/admin/exports', { params: { query: asQuery<'/api/v1/admin/exports'>(filters, page) } }),
  );
}

export function useRequestExport() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: RequestAnyExportBody) => unwrap(api.POST('/api/v1/admin/exports', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ALL }),
  });
}

/** One of the administrator's own; asked again when `revision` says that its job has moved. */
export function useOwnExport(exportId: string | null, revision: number) {
  return useQuery({
    queryKey: [...ALL, 'own', exportId, revision],
    queryFn: () =>
      unwrap(api.GET('/api/v1/exports/{export_id}', { params: { path: { export_id: exportId as string } } })),
    enabled: exportId !== null,
  });
}

/** The file's address: the session's cookie opens it to its requester. */
export function exportAddress(exportId: string): string {
  return `/api/v1/exports/${exportId}/content`;
}
