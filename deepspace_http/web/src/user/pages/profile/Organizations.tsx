/** Where the person belongs, and as what. */
import { Button, Flex, Tag } from 'antd';
import { useMembership } from '@/api/queries/places';
import type { MembershipBody } from '@/api/schema';
import { Section } from '@/components/Section';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { profile } from '@/i18n/profile';
import { usePlace } from '@/stores/place';

export function Organizations({ memberships }: { memberships: MembershipBody[] }) {
  const t = useTexts(profile);
  const words = useTexts(places);
  const current = useMembership();
  const enterOrg = usePlace((place) => place.enterOrg);
  return (
    <Section title={t('organizations')}>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 12 }}>
        {memberships.map(({ organization, role }) => (
          <li key={organization.id}>
            <Flex gap={12} align="center" justify="space-between" wrap>
              <span>
                <strong translate="no">{organization.name}</strong> <Tag>{words(`roles.${role}`)}</Tag>
                {organization.kind === 'personal' && <Tag>{words('personal')}</Tag>}
              </span>
              {current?.organization.id === organization.id ? (
                <Tag color="blue">{t('here')}</Tag>
              ) : (
                <Button
                  size="small"
                  aria-label={`${t('enter')}: ${organization.name}`}
                  onClick={() => enterOrg(organization.id)}
                >
                  {t('enter')}
                </Button>
              )}
            </Flex>
          </li>
        ))}
      </ul>
    </Section>
  );
}
