/** Makes a user by hand; the way in where registration is closed. */
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, Flex, Form, Input, Modal, Select, Typography } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useCreateUser } from '@/api/queries/people';
import { ErrorNotice } from '@/components/ErrorNotice';
import { adminUsers } from '@/i18n/adminUsers';
import { common } from '@/i18n/common';
import { LANGUAGES, useTexts } from '@/i18n/i18n';

interface Fields {
  display_name: string;
  email: string;
  password: string;
  language: string;
}

const TAGS = { en: 'en', zh: 'zh-CN' } as const;

export function CreateUser() {
  const t = useTexts(adminUsers);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)}>
        {t('users.create')}
      </Button>
      <Modal open={isOpen} title={t('users.create')} footer={null} destroyOnHidden onCancel={() => setOpen(false)}>
        <CreateForm onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const t = useTexts(adminUsers);
  const words = useTexts(common);
  const navigate = useNavigate();
  const create = useCreateUser();
  return (
    <Form<Fields>
      layout="vertical"
      name="create-user"
      initialValues={{ language: TAGS.en }}
      onFinish={(fields) => create.mutate(fields, { onSuccess: (made) => navigate(`/users/${made.id}`) })}
    >
      <Typography.Paragraph type="secondary">{t('users.createHint')}</Typography.Paragraph>
      <Form.Item name="display_name" label={t('name')} rules={[{ required: true }]}>
        <Input maxLength={80} autoComplete="off" />
      </Form.Item>
      <Form.Item name="email" label={t('email')} rules={[{ required: true, type: 'email' }]}>
        <Input maxLength={254} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t('users.password')}
        extra={t('users.passwordHint')}
        rules={[{ required: true, min: 10 }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="language" label={t('users.language')}>
        <Select
          options={(['en', 'zh'] as const).map((language) => ({ value: TAGS[language], label: LANGUAGES[language] }))}
        />
      </Form.Item>
      {create.error && <ErrorNotice error={create.error} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={create.isPending}>
          {words('create')}
        </Button>
      </Flex>
    </Form>
  );
}
