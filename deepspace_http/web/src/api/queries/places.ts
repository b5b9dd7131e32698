/** Organizations, workspaces and projects: where work happens. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { usePlace } from '@/stores/place';
import { api, unwrap } from '../client';
import type {
  CreateProjectBody,
  CreateWorkspaceBody,
  OrganizationBody,
  ProjectBody,
  UpdateProjectBody,
  UpdateWorkspaceBody,
  WorkspaceBody,
} from '../schema';
import { meQuery, useMe } from './me';

/** More than anybody has; a list for choosing from is no page to turn. */
const CHOICES_MAX = 200;

/** The membership of the organization that the person works in, and what it allows. */
export function useMembership() {
  const { data: me } = useMe();
  const chosen = usePlace((place) => place.orgId);
  const orgId = chosen ?? me?.user.personal_org_id;
  return me?.organizations.find(({ organization }) => organization.id === orgId) ?? null;
}

/** Whether the person's role here allows it. Pages offer what will be allowed; the gateway decides. */
export function useMay(): (permission: string) => boolean {
  const membership = useMembership();
  return (permission) => (membership?.permissions as string[] | undefined)?.includes(permission) ?? false;
}

export const workspacesQuery = (withArchived = false) =>
  queryOptions({
    queryKey: ['workspaces', { withArchived }],
    queryFn: async (): Promise<WorkspaceBody[]> => {
      const query = { limit: CHOICES_MAX, with_archived: withArchived };
      return (await unwrap(api.GET('/api/v1/workspaces', { params: { query } }))).data;
    },
  });

export const projectsQuery = (withArchived = false) =>
  queryOptions({
    queryKey: ['projects', 'choices', { withArchived }],
    queryFn: async (): Promise<ProjectBody[]> => {
      const query = { limit: CHOICES_MAX, with_archived: withArchived };
      return (await unwrap(api.GET('/api/v1/projects', { params: { query } }))).data;
    },
  });

export function useWorkspaces(withArchived = false) {
  return useQuery(workspacesQuery(withArchived));
}

export function useProjects(withArchived = false) {
  return useQuery(projectsQuery(withArchived));
}

export function useProject(projectId: string) {
  return useQuery({
    queryKey: ['projects', projectId],
    queryFn: () => unwrap(api.GET('/api/v1/projects/{project_id}', { params: { path: { project_id: projectId } } })),
  });
}

export function useCreateProject() {
  const refresh = useRefresh('projects');
  return useMutation({
    mutationFn: (body: CreateProjectBody) => unwrap(api.POST('/api/v1/projects', { body })),
    onSuccess: refresh,
  });
}

export function useUpdateProject(projectId: string) {
  const refresh = useRefresh('projects');
  return useMutation({
    mutationFn: (body: UpdateProjectBody) =>
      unwrap(api.PATCH('/api/v1/projects/{project_id}', { params: { path: { project_id: projectId } }, body })),
    onSuccess: refresh,
  });
}

export function useArchiveProject(projectId: string) {
  const refresh = useRefresh('projects');
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE('/api/v1/projects/{project_id}', { params: { path: { project_id: projectId } } })),
    onSuccess: refresh,
  });
}

export function useCreateWorkspace() {
  const refresh = useRefresh('workspaces');
  return useMutation({
    mutationFn: (body: CreateWorkspaceBody) => unwrap(api.POST('/api/v1/workspaces', { body })),
    onSuccess: refresh,
  });
}

export function useUpdateWorkspace(workspaceId: string) {
  const refresh = useRefresh('workspaces');
  return useMutation({
    mutationFn: (body: UpdateWorkspaceBody) =>
      unwrap(api.PATCH('/api/v1/workspaces/{workspace_id}', { params: { path: { workspace_id: workspaceId } }, body })),
    onSuccess: refresh,
  });
}

export function useArchiveWorkspace() {
  const refresh = useRefresh('workspaces');
  return useMutation({
    mutationFn: (workspaceId: string) =>
      unwrap(api.DELETE('/api/v1/workspaces/{workspace_id}', { params: { path: { workspace_id: workspaceId } } })),
    onSuccess: refresh,
  });
}

/** Makes an organization and moves there. */
export function useCreateOrganization() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.POST('/api/v1/orgs', { body: { name } })),
    onSuccess: async ({ organization }) => {
      await cache.invalidateQueries({ queryKey: meQuery.queryKey });
      usePlace.getState().enterOrg(organization.id);
    },
  });
}

export function useUpdateOrganization(orgId: string) {
  const refresh = useRefresh('me');
  return useMutation({
    mutationFn: (body: Partial<Pick<OrganizationBody, 'name' | 'on_abort'>>) =>
      unwrap(api.PATCH('/api/v1/orgs/{org_id}', { params: { path: { org_id: orgId } }, body })),
    onSuccess: refresh,
  });
}

function useRefresh(key: string): () => Promise<void> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: [key] });
}
