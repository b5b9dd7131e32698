/** The user web. */
import { mount } from '@/shell/mount';
import { routes } from './routes';

mount(routes, '/');
