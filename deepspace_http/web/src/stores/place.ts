/** Where the person works: organization, workspace and project. Remembered, and sent with every request. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export interface Place {
  /** Null: the personal organization, which is what the gateway takes where none is named. */
  orgId: string | null;
  workspaceId: string | null;
  projectId: string | null;
}

interface PlaceStore extends Place {
  /** Moving to another organization leaves its workspace and project behind, and so on down. */
  enterOrg: (orgId: string | null) => void;
  enterWorkspace: (workspaceId: string | null) => void;
  enterProject: (projectId: string | null) => void;
}

export const usePlace = create<PlaceStore>()(
  persist(
    (set) => ({
      orgId: null,
      workspaceId: null,
      projectId: null,
      enterOrg: (orgId) => set({ orgId, workspaceId: null, projectId: null }),
      enterWorkspace: (workspaceId) => set({ workspaceId, projectId: null }),
      enterProject: (projectId) => set({ projectId }),
    }),
    { name: 'deepspace.place' },
  ),
);

/** Routes about the person rather than a place: they must work even when the remembered place is gone. */
const PLACELESS = /^\/api\/v1\/(auth|me|orgs|admin|invitations)(\/|$)/;
/** What the choice of a project is made from must not depend on the choice. */
const CHOOSING = /^\/api\/v1\/(projects|workspaces)(\/|$)/;

/** The headers that name the place, for a request to `path`. The admin web acts on the whole installation. */
export function placeHeaders(path: string): Record<string, string> {
  const { orgId, projectId } = usePlace.getState();
  if (PLACELESS.test(path) || window.location.pathname.startsWith('/admin')) return {};
  return {
    ...(orgId && { 'x-deepspace-org': orgId }),
    ...(projectId && !CHOOSING.test(path) && { 'x-deepspace-project': projectId }),
  };
}
