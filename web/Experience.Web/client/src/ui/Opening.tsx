import { useLink } from '../live/hooks';

/** What stands where something is about to be: that it opens, or why it does not yet. */
export function Opening({ what }: { readonly what: string }) {
  const { state } = useLink();
  const away = state === 'reconnecting' || state === 'stale';
  return <span role="status">{away ? `The server does not answer. ${what[0]?.toUpperCase()}${what.slice(1)} opens by itself as soon as it does.` : `Opening ${what} …`}</span>;
}
