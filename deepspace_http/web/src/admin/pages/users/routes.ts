/** The addresses of users. */
import type { RouteObject } from 'react-router';

export const userRoutes: RouteObject[] = [
  {
    path: 'users',
    lazy: () => import('./UsersPage'),
    children: [
      { index: true, lazy: () => import('./PeopleSection') },
      { path: 'people', lazy: () => import('./PeopleSection') },
      { path: 'orgs', lazy: () => import('./OrgsSection') },
      { path: 'roles', lazy: () => import('./RolesSection') },
    ],
  },
  { path: 'users/:userId', lazy: () => import('./UserPage') },
  { path: 'users/orgs/:orgId', lazy: () => import('./OrgPage') },
];
