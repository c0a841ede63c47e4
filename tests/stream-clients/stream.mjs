// Usage: node stream.mjs ADDRESS KEY COUNT. Events over /v1/stream, answered by id; what is not answered when a connection ends goes first on the next.
import { createRequire } from 'node:module'

const WebSocket = createRequire(new URL('../../web/Experience.Web/client/package.json', import.meta.url))('ws')
const [address, key, count] = process.argv.slice(2)
const waiting = new Map()
for (let n = 0; n < Number(count); n++) {
  const id = `stream-${n}`
  waiting.set(id, { specversion: '1.0', id, source: '/stream-client', type: 'payment.received', subject: `s-${n % 50}`, data: { amount: 100 + n } })
}

let answered = 0
const connect = () => new Promise((resolve, reject) => {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/v1/stream`, { headers: { authorization: `Bearer ${key}` } })
  socket.on('error', reject)
  socket.on('close', resolve)
  socket.on('message', (frame) => {
    for (const line of frame.toString().split('\n').filter((l) => l !== '')) {
      const said = JSON.parse(line)
      if (said.ready === true) {
        for (const event of waiting.values()) socket.send(JSON.stringify(event))
      } else if (said.outcome !== undefined) {
        if (said.outcome === 'refused') console.error(`${said.id}: ${said.field} ${said.reason}; accepted: ${said.accepted}`)
        if (waiting.delete(said.id)) answered++
        // Half way it breaks the connection off, as networks do.
        if (answered === Math.floor(Number(count) / 2)) socket.terminate()
        if (waiting.size === 0) socket.close()
      }
    }
  })
})

let connections = 0
while (waiting.size > 0 && connections < 20) {
  connections++
  await connect()
}
console.log(JSON.stringify({ answered, connections }))
process.exit(waiting.size === 0 ? 0 : 1)
