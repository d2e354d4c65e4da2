/** `--port auto`: a free port. */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hasCode } from './errno.ts'

/** Start of Linux's default range for outgoing connections. */
const EPHEMERAL_FROM = 32_768
/** Below are most programs' usual ports, and those that browsers refuse. */
const FIRST = 20_000
const TRIES = 100

/** A free port at random, unreserved; outside the range of outgoing connections, which might hold it at the next start. */
export async function freePort(): Promise<number> {
  const end = ephemeralFrom()
  if (end - FIRST >= TRIES) {
    for (let left = TRIES; left > 0; left--) {
      const port = await bound(randomInt(FIRST, end))
      if (port !== null) return port
    }
  }
  return (await bound(0)) ?? Promise.reject(new Error('no port was assigned'))
}

function ephemeralFrom(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s+/)[0]) || EPHEMERAL_FROM
  } catch {
    return EPHEMERAL_FROM
  }
}

/** Binds it briefly, on every address; null when taken. 0: the kernel chooses. */
export function bound(port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (hasCode(error, 'EADDRINUSE') || hasCode(error, 'EACCES') ? resolve(null) : reject(error)))
    server.listen({ port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : null))
    })
  })
}
