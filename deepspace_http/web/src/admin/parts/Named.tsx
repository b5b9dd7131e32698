/** Things that are known by an id, told by their names; the id is on hover, and copied by its button. */
import { Tooltip, Typography } from 'antd';
import { Link } from 'react-router';
import { useName } from '@/api/queries/names';
import { Given } from '@/components/Given';
import { useProductNames } from '@/components/useProductNames';
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';
import { shortened } from './IdText';

const NAME_CHARS = 28;

/** An organization, with the way to its wallet. Null: nobody's. */
export function OrgName({ id }: { id: string | null | undefined }) {
  const t = useTexts(adminParts);
  const name = useName(id);
  if (!id) return <Typography.Text type="secondary">{t('nobody')}</Typography.Text>;
  return (
    <Tooltip title={id}>
      <Link to={`/billing/wallets/${id}`} onClick={(event) => event.stopPropagation()}>
        <Given>{cut(name ?? shortened(id))}</Given>
      </Link>
    </Tooltip>
  );
}

/** A user, project or API key. */
export function Named({ id }: { id: string | null | undefined }) {
  const name = useName(id);
  if (!id) return <span aria-hidden>–</span>;
  return (
    <Tooltip title={id}>
      <span translate="no" style={{ whiteSpace: 'nowrap' }}>
        {cut(name ?? shortened(id))}
      </span>
    </Tooltip>
  );
}

/** Who did it, as the audit trail names them: `user:<uuid>`, `key:<uuid>`, `system:<name>`. */
export function ActorName({ actor }: { actor: string }) {
  const t = useTexts(adminParts);
  const [kind = '', rest = ''] = actor.split(/:(.*)/);
  const name = rest || kind;
  const words = useProductNames()('systems', name);
  if (kind === 'user' || kind === 'key') return <Named id={`${kind}_${rest.replaceAll('-', '')}`} />;
  return (
    <Typography.Text type="secondary">
      {t('system')} · {words ?? <code>{name}</code>}
    </Typography.Text>
  );
}

function cut(name: string): string {
  return name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS - 1)}…` : name;
}
