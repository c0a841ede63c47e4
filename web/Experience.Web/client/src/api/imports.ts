import type { ImportMapping, ImportView } from '../contracts';
import { get, send, upload } from './http';

const path = (id: string) => `/v1/imports/${encodeURIComponent(id)}`;

export const imports = {
  /** Uploads the file; answers what was guessed about it. Nothing is recorded yet. */
  upload: (file: File, signal?: AbortSignal) => upload<ImportView>(`/v1/imports?name=${encodeURIComponent(file.name)}`, file, signal),
  /** Reads the first rows again under another mapping. */
  remap: (id: string, mapping: ImportMapping) => send<ImportView>('PUT', `${path(id)}/mapping`, mapping),
  start: (id: string) => send<ImportView>('POST', `${path(id)}/start`, {}),
  /** Stops or forgets it; what was recorded stays. */
  cancel: (id: string) => send<null>('DELETE', path(id), {}),
  get: (id: string, signal?: AbortSignal) => get<ImportView>(path(id), signal),
};
