import type { ImportMapping, ImportView, SavedMapping } from '../contracts';
import { get, send, upload } from './http';

const path = (id: string) => `/v1/imports/${encodeURIComponent(id)}`;

export const imports = {
  /** Uploads the file; answers what was guessed about it. Nothing is recorded yet. */
  upload: (file: File, signal?: AbortSignal) => upload<ImportView>(`/v1/imports?name=${encodeURIComponent(file.name)}`, file, signal),
  /** Reads the first rows again under another mapping. */
  remap: (id: string, mapping: ImportMapping) => send<ImportView>('PUT', `${path(id)}/mapping`, mapping),
  /** Dry run: reads all of it and records nothing. */
  check: (id: string) => send<ImportView>('POST', `${path(id)}/check`, {}),
  /** Keeps the mapping under a name; files with its columns take it from then on. */
  save: (id: string, name: string) => send<ImportView>('POST', `${path(id)}/save`, { name }),
  saved: (signal?: AbortSignal) => get<readonly SavedMapping[]>('/v1/mappings', signal),
  forgetMapping: (name: string) => send<null>('DELETE', `/v1/mappings/${encodeURIComponent(name)}`, {}),
  /** The rows that were refused, with why; corrected, the file can be sent again. */
  refused: (id: string) => `${path(id)}/refused`,
  start: (id: string) => send<ImportView>('POST', `${path(id)}/start`, {}),
  /** Stops or forgets it; what was recorded stays. */
  cancel: (id: string) => send<null>('DELETE', path(id), {}),
  get: (id: string, signal?: AbortSignal) => get<ImportView>(path(id), signal),
};
