/** From one thing to the list that it stands in. */
import ArrowLeftOutlined from '@ant-design/icons/ArrowLeftOutlined';
import { Link } from 'react-router';

export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} style={{ display: 'inline-flex', gap: 6, marginBlockEnd: 10 }}>
      <ArrowLeftOutlined aria-hidden />
      {children}
    </Link>
  );
}
