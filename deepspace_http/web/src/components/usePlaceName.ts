/** What a project or workspace is called here: everybody's default one has the same name, which is ours to translate. */
import { useCallback } from 'react';
import type { ProjectBody } from '@/api/schema';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

/** The same for a project of which no more is known. */
export function useProjectName(): (project: Omit<Place, 'workspace_id'>) => string {
  const nameOf = usePlaceName();
  return useCallback((project) => nameOf({ ...project, workspace_id: SOMEWHERE }), [nameOf]);
}

const SOMEWHERE = 'a workspace';
/** As the gateway names it (deepspace_core/identity). */
const DEFAULT_NAME = 'Default';

type Place = Pick<ProjectBody, 'name' | 'is_default'> & Partial<Pick<ProjectBody, 'workspace_id'>>;

export function usePlaceName(): (place: Place) => string {
  const t = useTexts(places);
  return useCallback(
    ({ name, is_default, workspace_id: home }) => {
      if (!is_default || name !== DEFAULT_NAME) return name;
      return t(home ? 'defaultProject' : 'defaultWorkspace');
    },
    [t],
  );
}
