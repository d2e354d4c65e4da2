// The HTTP interface: a long list, an unchanged list, one event to many, what an idle client costs, a slow client beside quick ones.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { memoryMb, nowMs, sleep, until } from '../lib/proc.mjs'
import { stats } from '../lib/report.mjs'
import { wire } from '../lib/wire.mjs'
import { ptrack } from '../peers/ptrack.mjs'

const PROCESSES = 1000
const CLIENTS = 1000
const READS = 60
const EVENTS = 20

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** One GET on the socket: status, headers, bytes, ms until the last byte. */
function get(socketPath, path, headers = {}) {
  const began = nowMs()
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers, agent }, (response) => {
      let bytes = 0
      response.on('data', (chunk) => {
        bytes += chunk.length
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes, ms: nowMs() - began }))
    })
      .on('error', reject)
      .end()
  })
}

/** A stream of events; `heard(count)` counts `paused` and `resumed`. */
function listener(socketPath) {
  const socket = connect(socketPath)
  const me = { socket, heard: 0, lastMs: 0, ready: false }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    const text = chunk.latin1Slice()
    if (!me.ready && text.includes('event: connected')) me.ready = true
    if (text.includes('event: audit')) {
      me.heard++
      me.lastMs = nowMs()
    }
  })
  socket.write('GET /api/events?type=audit HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return me
}

export async function measure(place, said) {
  const home = ptrack(place.sub('ptrack'))
  const daemon = await home.up()
  const path = join(home.home, 'daemon.sock')
  const listeners = []
  try {
    home.must('start', '--name', 'p', '--instances', String(PROCESSES), '--', place.child, 'pause', join(place.dir, 'count'))
    await until(() => home.json('ls').length >= PROCESSES, 'all are there', 60_000)
    await sleep(3000)
    const first = await get(path, '/api/processes')
    const reads = []
    for (let i = 0; i < READS; i++) reads.push((await get(path, '/api/processes')).ms)
    said.target(`GET /api/processes of ${PROCESSES}, median`, stats(reads).median, 'ms', 15, {
      bytes: first.bytes,
      ...stats(reads),
    })
    const unchanged = []
    let tag = ''
    for (let i = 0; i < READS; i++) {
      const answer = await get(path, '/api/processes', { 'if-none-match': tag })
      tag = answer.headers.etag
      if (answer.status === 304) unchanged.push(answer.ms)
    }
    said.target('answers that were not 304 of an unchanged list', READS - unchanged.length, '', READS / 4)
    said.fact('an unchanged list (304), median', stats(unchanged).median, 'ms')

    const before = memoryMb(daemon.pid).pss
    for (let i = 0; i < CLIENTS; i += 100) {
      for (let j = 0; j < 100; j++) listeners.push(listener(path))
      await until(() => listeners.every(({ ready }) => ready), 'they listen', 30_000)
    }
    await sleep(5000)
    said.target('memory of an idle client', ((memoryMb(daemon.pid).pss - before) * 1024) / CLIENTS, 'KB', 30)

    const client = await wire(home.home)
    const broadcast = async () => {
      const took = []
      for (let i = 0; i < EVENTS; i++) {
        const heard = listeners[0].heard + 1
        const began = nowMs()
        await client.ask('resume', { targets: ['p:0'] })
        const quick = listeners.filter((each) => !each.slow)
        await until(() => quick.every((each) => each.heard >= heard), 'all heard it', 10_000, 1)
        took.push(Math.max(...quick.map(({ lastMs }) => lastMs)) - began)
      }
      return stats(took)
    }
    const all = await broadcast()
    said.target(`one event to ${CLIENTS} clients, median`, all.median, 'ms', 50, all)
    for (const each of listeners.slice(-10)) {
      each.slow = true
      each.socket.pause()
    }
    const beside = await broadcast()
    said.target('the same beside ten clients that do not read', beside.median, 'ms', 50, beside)
    client.close()
  } finally {
    for (const { socket } of listeners) socket.destroy()
    agent.destroy()
    await home.down()
  }
}
