/** What the product itself names, in the reader's words; the name that the API is asked by stands beside them. */
import { Flex, Typography } from 'antd';
import { type Family, useProductNames } from './useProductNames';

/** On a phone the two stand below each other. */
const WIDTH_MAX = 250;

interface Props {
  family: Family;
  name: string;
  /** The words alone, where nobody searches by the name. */
  isPlain?: boolean;
}

export function ProductName({ family, name, isPlain = false }: Props) {
  const words = useProductNames()(family, name);
  const asked = <Typography.Text code>{name}</Typography.Text>;
  if (words === null) return asked;
  if (isPlain) return words;
  return (
    <Flex gap={4} wrap align="center" style={{ maxWidth: WIDTH_MAX }}>
      <strong>{words}</strong>
      <Typography.Text type="secondary">{asked}</Typography.Text>
    </Flex>
  );
}
