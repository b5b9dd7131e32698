/** What models are for, in the order in which they are chosen from. */
import type { ModelKind } from '@/api/schema';

export const KINDS: ModelKind[] = [
  'chat',
  'vision',
  'completion',
  'embedding',
  'image',
  'speech',
  'transcription',
  'moderation',
  'rerank',
  'passthrough',
];
