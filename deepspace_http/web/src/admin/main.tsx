/** The admin web. */
import { mount } from '@/shell/mount';
import { routes } from './routes';

mount(routes, '/admin');
