// Usage: node signalr.mjs ADDRESS KEY COUNT. Events through @microsoft/signalr: one call, then a stream of events with a stream of answers.
import { createRequire } from 'node:module'

const { HubConnectionBuilder, LogLevel, Subject } = createRequire(new URL('../../web/Experience.Web/client/package.json', import.meta.url))('@microsoft/signalr')
const [address, key, count] = process.argv.slice(2)
const event = (id, data) => ({ specversion: '1.0', id, source: '/signalr-client', type: 'payment.received', subject: `s-${id}`, data })

const connection = new HubConnectionBuilder().withUrl(`${address}/hubs/ingest`).configureLogging(LogLevel.None).build()
await connection.start()
const early = await connection.invoke('Send', [event('early', { amount: 1 })]).then(() => 'taken', (error) => error.message)
// A browser can set no header: it gives the key on the connection. Elsewhere, withUrl(…, { accessTokenFactory: () => key }) sends the header.
const { window } = await connection.invoke('Authenticate', key)
const called = await connection.invoke('Send', [event('call-1', { amount: 1 }), event('call-1', { amount: 1 }), event('call-2', {})])

const events = new Subject()
const answers = new Map()
const finished = new Promise((complete, error) => {
  connection.stream('Stream', events).subscribe({ next: (answer) => answers.set(answer.id, answer.outcome), complete, error })
})
for (let n = 0; n < Number(count); n++) events.next(event(`stream-${n}`, { amount: n }))
events.complete()
await finished
await connection.stop()

const byHeader = new HubConnectionBuilder().withUrl(`${address}/hubs/ingest`, { accessTokenFactory: () => key }).configureLogging(LogLevel.None).build()
await byHeader.start()
const [header] = await byHeader.invoke('Send', [event('header', { amount: 1 })])
await byHeader.stop()
console.log(JSON.stringify({ early, window, called: called.map((a) => a.outcome), answered: answers.size, accepted: [...answers.values()].filter((o) => o === 'accepted').length, header: header.outcome }))
