/** A real Node program with inherited sockets and the preload, as the supervisor starts it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { preloadCopy } from '../../../src/adapters/preload-copy.ts'
import { root } from '../../support/bundle.ts'
import { until } from '../../support/until.ts'

/** Loaded as the daemon has it loaded: a copy, with a name of its own. */
const preloadIn = (dir: string): string => preloadCopy(join(root, 'dist/ptrack-sockets.cjs'), dir)()!

export interface SharedSocket {
  name: string
  fd: number
  inode: number
  /** Of TCP. */
  port: number
  path: string | null
  host: string
}

interface Handle {
  fd: number
  getsockname?(out: { port?: number }): number
  close(): void
}
type CreateHandle = (address: string, port: number, type: 4 | 6 | -1) => Handle | number

/** A listening socket that this process has bound and never polls: what connects waits in the kernel. */
export function openSocket({ host = '127.0.0.1', path }: { host?: string; path?: string } = {}, name = 'web'): SharedSocket {
  const { _createServerHandle: create } = net as unknown as { _createServerHandle: CreateHandle }
  const handle = path === undefined ? create(host, 0, host.includes(':') ? 6 : 4) : create(path, -1, -1)
  if (typeof handle === 'number') throw new Error(`cannot bind: error ${handle}`)
  onTestFinished(() => handle.close())
  const { fd } = handle
  const listen = "require('node:net').createServer().listen({ fd: 3, backlog: 4096 }, () => process.exit(0))"
  execFileSync(process.execPath, ['-e', listen], { stdio: ['ignore', 'inherit', 'inherit', fd] })
  const address: { port?: number } = {}
  handle.getsockname?.(address)
  const inode = Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))![1])
  return { name, fd, inode, port: address.port ?? 0, path: path ?? null, host }
}

export interface Options {
  sockets: readonly SharedSocket[]
  gate?: boolean
  env?: Record<string, string>
  /** Instead of the list of `sockets`. */
  listen?: string
  control?: string
  cwd?: string
}

export interface Instance {
  pid: number
  dir: string
  control: string
  stdout(): string
  stderr(): string
  /** The exit code, or the signal. */
  ended: Promise<number | NodeJS.Signals>
  signal(name: NodeJS.Signals): void
  /** One line to its control socket, and its answer. */
  ask(line: string): Promise<Record<string, unknown>>
  /** A connection past the gate. */
  inject(name?: string): net.Socket
  /** Has printed this. */
  prints(text: string): Promise<unknown>
}

export function scratch(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-preload-')))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const entriesOf = (sockets: readonly SharedSocket[]): string =>
  JSON.stringify(
    sockets.map(({ inode, name, port, host, path }, index) =>
      path === null ? { fd: 3 + index, inode, name, port, host } : { fd: 3 + index, inode, name, path },
    ),
  )

export function startCommand(command: readonly string[], options: Options): Instance {
  const dir = options.cwd ?? scratch()
  const control = options.control ?? join(dir, `control-${Math.random().toString(36).slice(2)}`)
  const child = spawn(command[0]!, command.slice(1), {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...options.sockets.map(({ fd }) => fd)],
    env: {
      ...process.env,
      NODE_OPTIONS: `--require ${JSON.stringify(preloadIn(join(dir, 'sockets')))}`,
      PTRACK_LISTEN: options.listen ?? entriesOf(options.sockets),
      PTRACK_CONTROL: control,
      PTRACK_GATE: options.gate ? '1' : '',
      PORT: String(options.sockets[0]?.port ?? 0),
      SOCKET_PATH: options.sockets.find(({ path }) => path !== null)?.path ?? '',
      ...options.env,
    },
  })
  return asInstance(child, dir, control)
}

/** `text` is the program; a file name says whether it is a module. */
export function startProgram(text: string, options: Options, file = 'app.js'): Instance {
  const cwd = options.cwd ?? scratch()
  writeFileSync(join(cwd, file), text)
  return startCommand([process.execPath, file], { ...options, cwd })
}

function asInstance(child: ChildProcess, dir: string, control: string): Instance {
  let [out, err] = ['', '']
  child.stdout!.on('data', (data) => {
    out += data
  })
  child.stderr!.on('data', (data) => {
    err += data
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal!))
  })
  const pid = child.pid!
  // The group, which may be a package runner and what it started.
  const end = (): void => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  onTestFinished(async () => {
    end()
    await ended
  })
  return {
    pid,
    dir,
    control,
    stdout: () => out,
    stderr: () => err,
    ended,
    signal: (name) => void child.kill(name),
    ask: (line) => ask(control, line),
    inject(name = 'web') {
      const socket = connectTo(control)
      socket.write(`connect ${name}\n`)
      return socket
    },
    prints: (text) =>
      until(
        () => out.includes(text),
        `the program prints ${text}`,
        20_000,
        () => `stdout: ${out}\nstderr: ${err}`,
      ),
  }
}

/** A longer path than the kernel's limit goes through a descriptor of its directory. */
function connectTo(path: string): net.Socket {
  if (Buffer.byteLength(path) <= 107) return net.connect({ path, allowHalfOpen: true })
  const fd = openSync(dirname(path), 'r')
  // The path is used within the call.
  const socket = net.connect({ path: `/proc/self/fd/${fd}/${basename(path)}`, allowHalfOpen: true })
  closeSync(fd)
  return socket
}

export function ask(control: string, line: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(control)
    let text = ''
    socket.on('error', reject)
    socket.on('data', (data) => {
      text += data
    })
    socket.on('end', () => {
      socket.end()
      try {
        resolve(JSON.parse(text))
      } catch {
        reject(new Error(`cannot read the answer to ${line}: ${JSON.stringify(text)}`))
      }
    })
    socket.write(`${line}\n`)
  })
}
