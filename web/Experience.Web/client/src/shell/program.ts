import { createContext, useContext } from 'react';
import type { ProgramView, StatusView } from '../contracts';

export interface Here {
  readonly program: ProgramView | null;
  readonly status: StatusView | null;
}

export const HereContext = createContext<Here>({ program: null, status: null });

export function useHere(): Here {
  return useContext(HereContext);
}

/** Money without a known program is shown in dollars nowhere: pages that show money wait for theirs. */
export function useCurrency(): string {
  return useHere().program?.currency ?? 'USD';
}
