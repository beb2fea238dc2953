// Bluesky on this machine: a directory of accounts, a server of accounts (PDS) and, where PostgreSQL is given, the
// AppView that searches; all from the network's own packages (`@atproto/dev-env`). Everything listens on 127.0.0.1.
//
//   node bluesky.mjs FOLDER [POSTGRES_URL]
//
// FOLDER holds the `node_modules` that `make servers` installed. One line of JSON on stdout says that all runs:
// {"pds": URL, "appview": URL or null, "jetstream": URL}. It ends with SIGTERM, or when stdin is closed.
//
// What is not Bluesky's own is the last stretch of the stream. Jetstream is published as Go source only; `relay` below
// stands in for it: it reads the PDS's real firehose with Bluesky's own client and writes each event as the first
// format of Jetstream has it. It keeps every event in memory, knows `wantedCollections` and `cursor`, and leaves out
// the rest: the second format, compression, messages from the client, limits, and any memory beyond this process.

import assert from 'node:assert'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import workers from 'node:worker_threads'
import zlib from 'node:zlib'

const [folder, postgres] = process.argv.slice(2)
const require = createRequire(path.join(path.resolve(folder), 'node_modules', 'anchor.js'))
const load = (name) => import(pathToFileURL(require.resolve(name)))

listenOnLoopbackOnly()

// The packages ask for Node 22. What they miss in Node 20 is newer parts of the language, and two things not used here.
await load('core-js/actual/index.js')
zlib.createZstdDecompress ??= () => assert.fail('zstd is not known to this Node')
workers.markAsUncloneable ??= () => {}

const { TestBsky, TestPds, TestPlc, mockNetworkUtilities } = await load('@atproto/dev-env')
const { Firehose } = await load('@atproto/sync')
const { WebSocketServer } = require('ws')

const plc = await TestPlc.create({})
const pdsPort = await freePort()
const appview = postgres ? await startAppView(plc.url, pdsPort) : null
const pds = await TestPds.create({
  port: pdsPort,
  didPlcUrl: plc.url,
  ...(appview && { bskyAppViewUrl: appview.url, bskyAppViewDid: appview.serverDid }),
})
mockNetworkUtilities(pds, appview ?? undefined)
const jetstream = await relay(`ws://localhost:${pds.port}`, pds.ctx.idResolver)

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
process.stdin.on('end', () => process.exit(0)).resume()
console.log(JSON.stringify({ pds: pds.url, appview: appview?.url ?? null, jetstream }))

/** Start the AppView with its indexer; the service beside it that keeps mutes and settings is not needed here. */
function startAppView(plcUrl, pdsPort) {
  return TestBsky.create({
    plcUrl,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    dbPostgresUrl: postgres,
    dbPostgresSchema: 'appview',
    bsyncUrl: 'http://localhost:9',
  })
}

/** Offer the firehose of a PDS, its signatures checked, in the first format of Jetstream; return the address. */
async function relay(service, idResolver) {
  const events = []
  const listeners = new Set()
  let last = 0
  const firehose = new Firehose({
    service,
    idResolver,
    handleEvent: (event) => {
      last = Math.max(last + 1, Date.now() * 1000)
      const frame = toFrame(event, last)
      if (frame === null) return
      events.push(frame)
      for (const listener of listeners) listener(frame)
    },
    onError: (error) => console.error(error),
  })
  firehose.start()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/subscribe' })
  server.on('connection', (socket, request) => {
    const query = new URL(request.url, 'ws://localhost').searchParams
    const wanted = query.getAll('wantedCollections')
    const send = (frame) => {
      const isWanted = frame.kind !== 'commit' || wanted.length === 0 || wanted.includes(frame.commit.collection)
      if (isWanted) socket.send(JSON.stringify(frame))
    }
    if (query.has('cursor')) events.filter((frame) => frame.time_us >= Number(query.get('cursor'))).forEach(send)
    listeners.add(send)
    socket.on('close', () => listeners.delete(send))
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `ws://127.0.0.1:${server.address().port}`
}

/** Return an event of the firehose as Jetstream's frame; null for those that Jetstream does not pass on. */
function toFrame(event, time_us) {
  const { did, seq, time } = event
  if (event.event === 'account') {
    const { active, status } = event
    return { did, time_us, kind: 'account', account: { active, did, seq, time, ...(status && { status }) } }
  }
  if (event.event === 'identity') {
    return { did, time_us, kind: 'identity', identity: { did, handle: event.handle, seq, time } }
  }
  if (!['create', 'update', 'delete'].includes(event.event)) return null
  const commit = { rev: event.rev, operation: event.event, collection: event.collection, rkey: event.rkey }
  if (event.event !== 'delete') Object.assign(commit, { record: event.record, cid: event.cid.toString() })
  return { did, time_us, kind: 'commit', commit }
}

/** Let no server of this process be reached from another machine, whatever its author chose. */
function listenOnLoopbackOnly() {
  const listen = net.Server.prototype.listen
  net.Server.prototype.listen = function (...given) {
    const isPort = typeof given[0] === 'number' || typeof given[0] === 'string'
    const options = isPort ? { port: Number(given[0]) } : { ...given[0] }
    const callback = given.find((one) => typeof one === 'function')
    return listen.call(this, { ...options, host: '127.0.0.1' }, ...(callback ? [callback] : []))
  }
}

/** Return a port that nobody listens on. */
function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
