// Usage: node send.mjs ADDRESS KEY. What the library sends is what a program that uses Segment sends today.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ writeKey, host, maxRetries: 0 })
const failures = []
analytics.on('error', (error) => failures.push(error.reason ?? error.code ?? String(error)))

const userId = 'segment-client-1'
analytics.identify({ userId, traits: { firstName: 'Leocadia', lastName: 'Brightwater', email: 'leocadia@example.org' } })
analytics.group({ userId, groupId: 'harlan', traits: { name: 'Harlan Precision' } })
analytics.page({ userId, name: 'Catalogue' })
analytics.track({
  userId,
  event: 'Order Completed',
  properties: { order_id: 'o-1', total: 190, currency: 'USD', products: [{ product_id: 'excel-03', name: 'Excel', price: 190, quantity: 1 }] },
})
await analytics.closeAndFlush()
if (failures.length > 0) {
  console.error(failures)
  process.exit(1)
}
