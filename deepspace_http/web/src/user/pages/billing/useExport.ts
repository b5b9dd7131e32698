/** Exports rows as CSV: asks for it, waits for the worker, saves the file. */
import { App } from 'antd';
import { useState } from 'react';
import { api, apiFetch, unwrap } from '@/api/client';
import { saveAs } from '@/api/queries/billing';
import type { ExportBody } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { useTellFault } from '@/components/useTellFault';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';

const LOOKS_MAX = 300;
const LOOK_MS = 1_000;

/** Which rows. */
export interface Wanted {
  kind: 'transactions' | 'usage';
  since?: string | undefined;
  until?: string | undefined;
  matching?: Record<string, unknown>;
}

export function useExport() {
  const t = useTexts(billing);
  const tell = useTellFault();
  const zone = useTimeZone();
  const { message } = App.useApp();
  const [isRunning, setRunning] = useState(false);

  async function start(wanted: Wanted) {
    setRunning(true);
    try {
      const ready = await readyOne(await request(wanted, zone));
      if (ready) await save(ready);
      else message.info(t('exportLong'));
    } catch (error) {
      tell(error);
    } finally {
      setRunning(false);
    }
  }

  return { start, isRunning };
}

function request({ kind, since, until, matching = {} }: Wanted, zone: string): Promise<ExportBody> {
  const body = {
    kind,
    format: 'csv' as const,
    time_zone: zone,
    ...(Object.keys(matching).length > 0 && { matching }),
    ...(since && { since }),
    ...(until && { until }),
  };
  return unwrap(api.POST('/api/v1/exports', { body: body as never }));
}

/** Null when it takes longer than somebody waits. */
async function readyOne(asked: ExportBody): Promise<ExportBody | null> {
  let one = asked;
  for (let look = 0; look < LOOKS_MAX && !one.ready; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    one = await unwrap(api.GET('/api/v1/exports/{export_id}', { params: { path: { export_id: one.id } } }));
  }
  return one.ready ? one : null;
}

async function save({ id, file_name }: ExportBody): Promise<void> {
  const response = await apiFetch(`/api/v1/exports/${id}/content`);
  saveAs(await response.blob(), file_name);
}
