import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';
import type { LiveFrame } from '../contracts';
import { identity } from '../api/identity';
import { LiveStore, type Wire } from './store';

/** SignalR's own reconnect gives up and does not cover the first start, so it stays off: the store reconnects. */
function connect(): Wire {
  const who = identity.get();
  const query = new URLSearchParams();
  if (who !== null) {
    query.set('staff', who.name);
    if (who.desk !== '') query.set('desk', who.desk);
  }
  const text = query.toString();
  const hub = new HubConnectionBuilder()
    .withUrl(`/hubs/live${text === '' ? '' : `?${text}`}`, { transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .configureLogging(LogLevel.None)
    .build();
  // Three missed pings: a server that hangs is as lost as one that is gone.
  hub.serverTimeoutInMilliseconds = 30_000;
  hub.keepAliveIntervalInMilliseconds = 10_000;
  return {
    start: () => hub.start(),
    stop: () => hub.stop(),
    invoke: (method, ...args) => hub.invoke(method, ...args),
    onFrame: (handler) => hub.on('frame', (frame: LiveFrame) => handler(frame)),
    onClose: (handler) => hub.onclose(() => handler()),
  };
}

export const live = new LiveStore(connect, {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});

/** Starts the one connection of the page; returns what stops it. */
export function startLive(): () => void {
  const wake = () => live.wake();
  const seen = () => {
    if (document.visibilityState === 'visible') live.wake();
  };
  live.restart();
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', seen);
  const quiet = identity.subscribe(() => live.restart());
  return () => {
    removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', seen);
    quiet();
    live.stop();
  };
}
