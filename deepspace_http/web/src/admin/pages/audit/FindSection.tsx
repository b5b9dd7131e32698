/** From whatever a customer has at hand to the story of the call. */
import { Alert, Flex, Input, Spin, Typography } from 'antd';
import { useEffect } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useFoundTraces } from '@/api/queries/adminAudit';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { adminAudit } from '@/i18n/adminAudit';
import { useTexts } from '@/i18n/i18n';

export function Component() {
  const t = useTexts(adminAudit);
  const [params, setParams] = useSearchParams();
  const name = params.get('name') ?? '';
  return (
    <Flex vertical gap={16} style={{ maxWidth: 760 }}>
      <Typography.Paragraph type="secondary" style={{ margin: 0 }}>
        {t('find.hint')}
      </Typography.Paragraph>
      <Input.Search
        key={name}
        size="large"
        aria-label={t('find.label')}
        placeholder={t('find.placeholder')}
        enterButton={t('find.button')}
        defaultValue={name}
        maxLength={256}
        autoFocus
        onSearch={(text) => setParams(text.trim() ? { name: text.trim() } : {})}
      />
      {name && <Found name={name} />}
    </Flex>
  );
}

function Found({ name }: { name: string }) {
  const t = useTexts(adminAudit);
  const navigate = useNavigate();
  const found = useFoundTraces(name);
  const only = found.data?.length === 1 ? found.data[0] : undefined;
  useEffect(() => {
    if (only) navigate(`/audit/traces/${only}`, { replace: true });
  }, [only, navigate]);
  if (found.error) return <ErrorNotice error={found.error} onRetry={() => found.refetch()} />;
  if (found.isPending || only) return <Spin />;
  if (found.data.length === 0) return <EmptyState title={t('find.nothing')} hint={t('find.nothingHint')} />;
  return (
    <Alert
      type="info"
      title={t('find.several')}
      description={
        <ul>
          {found.data.map((id) => (
            <li key={id}>
              <Link to={`/audit/traces/${id}`}>
                <code>{id}</code>
              </Link>
            </li>
          ))}
        </ul>
      }
    />
  );
}
