import type { PullLook, PullPut, PullView } from '../contracts';
import { send } from './http';

const path = (name: string) => `/v1/pulls/${encodeURIComponent(name)}`;

export const pulls = {
  put: (name: string, put: PullPut) => send<PullView>('PUT', path(name), put),
  /** Asks once and records nothing. */
  look: (name: string, put: PullPut) => send<PullLook>('POST', `${path(name)}/look`, put),
  run: (name: string, confirm: boolean) => send<PullView>('POST', `${path(name)}/run${confirm ? '?confirm=true' : ''}`, {}),
  remove: (name: string) => send<null>('DELETE', path(name), {}),
};
