import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { usePlace } from '@/stores/place';
import { PROJECT, profileOf, project } from '@/testing/people';
import { render } from '@/testing/render';
import { PlaceSwitch } from './PlaceSwitch';

const OTHER = { ...project, id: 'proj_0198c0ffee007abc8def0123456789ff', name: 'Comets', is_default: false };
const ANSWERS = {
  'GET /api/v1/me': profileOf(),
  'GET /api/v1/projects': { data: [OTHER, project], next_cursor: null },
  'GET /api/v1/workspaces': { data: [], next_cursor: null },
};

afterEach(() => usePlace.getState().enterOrg(null));

describe('PlaceSwitch', () => {
  it('says where one works, and moves to another project', async () => {
    render(<PlaceSwitch />, { answers: ANSWERS });
    await userEvent.click(await screen.findByRole('button', { name: /Ada.*Default project.*Change where you work/ }));
    await userEvent.click(await screen.findByLabelText('Project'));
    await userEvent.click(await screen.findByText('Comets'));
    expect(usePlace.getState().projectId).toBe(OTHER.id);
    expect(await screen.findByRole('button', { name: /Ada.*Comets/ })).toBeVisible();
  });

  it('leaves an organization that is no longer one’s own', async () => {
    usePlace.getState().enterOrg('org_0198c0ffee007abc8def0123456789ff');
    render(<PlaceSwitch />, { answers: ANSWERS });
    await expect.poll(() => usePlace.getState().orgId).toBeNull();
  });

  it('leaves a project that is gone, and keeps one that is there', async () => {
    usePlace.getState().enterProject('proj_0198c0ffee007abc8def0123456789ee');
    const { unmount } = render(<PlaceSwitch />, { answers: ANSWERS });
    await expect.poll(() => usePlace.getState().projectId).toBeNull();
    unmount();
    usePlace.getState().enterProject(PROJECT);
    render(<PlaceSwitch />, { answers: ANSWERS });
    await screen.findByRole('button', { name: /Default project/ });
    expect(usePlace.getState().projectId).toBe(PROJECT);
  });
});
