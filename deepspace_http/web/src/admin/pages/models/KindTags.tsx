/** What a model is for, in words. */
import { Tag } from 'antd';
import type { ModelKind } from '@/api/schema';
import { ProductName } from '@/components/ProductName';

export function KindTags({ kinds }: { kinds: readonly ModelKind[] }) {
  return kinds.map((kind) => (
    <Tag key={kind}>
      <ProductName family="kinds" name={kind} isPlain />
    </Tag>
  ));
}
