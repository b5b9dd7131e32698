/** The addresses of models. */
import type { RouteObject } from 'react-router';

export const modelRoutes: RouteObject[] = [
  {
    path: 'models',
    lazy: () => import('./ModelsPage'),
    children: [
      { index: true, lazy: () => import('./CatalogueSection') },
      { path: 'catalogue', lazy: () => import('./CatalogueSection') },
      { path: 'channels', lazy: () => import('./ChannelsSection') },
      { path: 'margins', lazy: () => import('./MarginsSection') },
    ],
  },
  { path: 'models/catalogue/:modelId', lazy: () => import('./ModelPage') },
  { path: 'models/channels/:channelName', lazy: () => import('./ChannelPage') },
];
