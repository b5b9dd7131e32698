/** Filters that several lists of the admin web have. */
import type { Filter } from '@/components/filters';
import type { Translate } from '@/i18n/i18n';
import type { names } from '@/i18n/names';
import { OrgSelect } from './OrgSelect';

const ENDINGS = ['completed', 'truncated', 'client_aborted', 'upstream_error', 'timed_out'] as const;

/** One organization, by its name. */
export function orgFilter(label: string): Filter {
  return { key: 'org_id', kind: 'custom', label, control: (value, set) => <OrgSelect value={value} onChange={set} /> };
}

/** How a call ended. */
export function endingFilter(label: string, named: Translate<typeof names.en>): Filter {
  const options = ENDINGS.map((value) => ({ value, label: named(`endings.${value}`) }));
  return { key: 'ending', kind: 'select', label, options };
}
