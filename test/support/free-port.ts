/** A port for a program that cannot report which one the kernel gave it. */
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { bound } from '../../src/adapters/free-port.ts'

/** Below the ports of outgoing connections and those of `--port auto`. Above 10000, where no service of a distribution listens. */
const [LOWEST, HIGHEST] = [10_000, 20_000]

/**
 * `offsets`: what is added to the port for the ones that have to be free beside it. `multipleOf`: what it is divisible by.
 * No other call gets the port while this process of tests lives, also before the program has bound it and between two programs.
 */
export async function freePort({
  offsets = [],
  multipleOf = 1,
}: {
  offsets?: number[]
  multipleOf?: number
} = {}): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(LOWEST / multipleOf, HIGHEST / multipleOf) * multipleOf
    const wanted = [...new Set([0, ...offsets])].map((offset) => port + offset)
    if ((await reserve(wanted)) && !(await Promise.all(wanted.map(bound))).includes(null)) return port
  }
  throw new Error(`cannot choose a port: none of 1000 between ${LOWEST} and ${HIGHEST} was free`)
}

/** Whether no test has reserved any of them. A reservation is the UDP port of the same number: it ends with its process. */
async function reserve(ports: number[]): Promise<boolean> {
  const reservations = await Promise.all(ports.map(reservation))
  if (!reservations.includes(null)) return true
  for (const each of reservations) each?.close()
  return false
}

function reservation(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(null))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket.unref()))
  })
}
