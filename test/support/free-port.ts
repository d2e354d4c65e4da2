/** A port for a program that cannot report which one the kernel gave it. */
import { randomInt } from 'node:crypto'
import { bound } from '../../src/adapters/free-port.ts'

/**
 * Below the ports of outgoing connections and those of `--port auto`: between this look and the program's bind no other test
 * gets it by chance. Above 10000, where no service of a distribution listens.
 */
const [LOWEST, HIGHEST] = [10_000, 20_000]

/** `offsets`: what is added to the port for the ones that have to be free beside it. `multipleOf`: what it is divisible by. */
export async function freePort({
  offsets = [],
  multipleOf = 1,
}: {
  offsets?: number[]
  multipleOf?: number
} = {}): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(LOWEST / multipleOf, HIGHEST / multipleOf) * multipleOf
    const taken = await Promise.all([...new Set([0, ...offsets])].map((offset) => bound(port + offset)))
    if (!taken.includes(null)) return port
  }
  throw new Error(`cannot choose a port: none of 1000 between ${LOWEST} and ${HIGHEST} was free`)
}
