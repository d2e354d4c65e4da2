/** A bus for tests: a real nats-server of their own, which they may kill and bring back at the same address. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { type Ability, findTool } from './requires.ts'
import { until } from './until.ts'

/** As scripts/nats-server.sh finds it. Debian 12 has only an older one. */
function findServer(): string | null {
  const cache = process.env.PTRACK_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ptrack-tests')
  const places = [process.env.PTRACK_NATS_SERVER, findTool('nats-server'), join(cache, 'nats-server/nats-server')]
  return places.find((file): file is string => !!file && existsSync(file) && isNewEnough(file)) ?? null
}

function isNewEnough(file: string): boolean {
  const version = /v?(\d+)\.(\d+)\.(\d+)/.exec(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout ?? '')
  if (version === null) return false
  const [major, minor, patch] = version.slice(1).map(Number) as [number, number, number]
  return major > 2 || (major === 2 && (minor > 10 || (minor === 10 && patch >= 23)))
}

export const serverFile = findServer()

export const natsServer: Ability = {
  name: 'nats-server, 2.10.23 or newer (scripts/nats-server.sh fetches one)',
  there: serverFile !== null,
}

export type TestServer = Awaited<ReturnType<typeof startServer>>

/** Listens when it resolves. */
export async function startServer(port: number, options: readonly string[]) {
  const child: ChildProcess = spawn(serverFile!, [...options], { stdio: 'ignore' })
  await until(() => accepts(port), 'the nats-server accepts connections')
  return {
    /** kill -9, as the OOM killer would. */
    kill: async (): Promise<void> => {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await exit
    },
  }
}

export type TestBus = Awaited<ReturnType<typeof testBus>>

export async function testBus(options: readonly string[] = []) {
  const port = await freePort()
  let server: TestServer | null = null

  async function start(): Promise<void> {
    server = await startServer(port, ['-a', '127.0.0.1', '-p', String(port), ...options])
  }

  async function kill(): Promise<void> {
    const ended = server
    server = null
    await ended?.kill()
  }

  await start()
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    start,
    kill,
    close: kill,
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
