/** Shared listening sockets: what a definition declares, and what the daemon keeps of those that are open. */
import { z } from 'zod'

/** The recorder's log is on fd 9 and a shell names no higher one: 3 to 8 are left. */
export const SOCKETS_MAX = 6
/** As many connections wait in the kernel's queue while no instance accepts; the kernel cuts it to net.core.somaxconn. */
export const BACKLOG = 4096
/** sun_path without its NUL, and room for the suffix of the name that it has while it is made. */
const PATH_MAX = 98

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((s) => !/[\0\n]/.test(s), 'no NUL bytes and no line ends')

/** Either `port` or `path`. Names are LISTEN_FDNAMES, which separates them by `:`. */
export const SocketSpec = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a name of a socket holds letters, digits and _ . -'),
    port: z
      .union([z.number().int().min(1).max(65_535), z.literal('auto')])
      .nullable()
      .default(null),
    /** An address of this machine; null = all, IPv6 included. */
    host: text(255).nullable().default(null),
    path: text(PATH_MAX).startsWith('/', 'the path of a socket must be absolute').nullable().default(null),
    mode: z
      .string()
      .regex(/^[0-7]{3,4}$/, 'mode is octal, such as 660')
      .nullable()
      .default(null),
    /** `USER`, `USER:GROUP` or `:GROUP`. */
    owner: z
      .string()
      .regex(/^[^:\s]*(:[^:\s]+)?$/, 'owner is USER, USER:GROUP or :GROUP')
      .min(1)
      .max(130)
      .nullable()
      .default(null),
    backlog: z.number().int().min(1).max(65_535).nullable().default(null),
  })
  .refine(({ port, path }) => (port === null) !== (path === null), 'a socket has either a port or a path')
  .refine(({ path, mode, owner }) => path !== null || (mode ?? owner) === null, 'only a unix socket has a mode and an owner')
export type SocketSpec = z.infer<typeof SocketSpec>
/** `auto` is replaced by a free port when the process is defined. */
export type DeclaredSocket = Omit<SocketSpec, 'port'> & { port: number | null }

const Holder = z.strictObject({
  pid: z.number().int(),
  startTicks: z.number(),
  bootId: z.string(),
  /** The name of its FIFO, which no other holder ever gets. */
  fifo: z.string().regex(/^[a-z0-9.-]{1,32}$/),
})

/** The sockets of one process, or of all instances of a set. Without holders: about to be opened, or lost. */
export const OpenSockets = z.strictObject({
  /** The directory below `sockets/` of the home. */
  dir: z.string().regex(/^[a-f0-9]{1,32}$/),
  sockets: z
    .array(
      z.strictObject({
        name: z.string(),
        port: z.number().nullable(),
        host: z.string().nullable(),
        path: z.string().nullable(),
        inode: z.number(),
      }),
    )
    .max(SOCKETS_MAX),
  holders: z.array(Holder).max(8),
  /** Holders made so far. */
  made: z.number().int().min(0),
  lost: z.boolean(),
})
export type OpenSockets = z.infer<typeof OpenSockets>
export type OpenSocket = OpenSockets['sockets'][number]
export type SocketHolder = z.infer<typeof Holder>

/** How the reason of a check begins; what follows names the socket, and the port that it listens on instead. */
export const NOT_LISTENING = 'the program does not accept from'

/** The error that such a reason is; null = another one. */
export const listeningCode = (reason: string): 'NOT_LISTENING' | 'WRONG_ADDRESS' | null =>
  wrongAddressIn(reason) !== null ? 'WRONG_ADDRESS' : reason.includes(NOT_LISTENING) ? 'NOT_LISTENING' : null

/** It has the port of its socket by itself, at another address. The preload says it in the same words, before the port is refused. */
export const wrongAddress = (listens: string, declared: string): string =>
  `the program listens on ${listens}, and the declared socket is ${declared}; declare it with --socket ${listens}`

/** That sentence in a reason or an output; null = it is not there. */
export const wrongAddressIn = (text: string): string | null =>
  /the program listens on \S+, and the declared socket is \S+; declare it with --socket \S+/.exec(text)?.[0] ?? null

interface Sharing {
  sockets: readonly DeclaredSocket[]
}
interface Ported extends Sharing {
  ports: number[]
}

/** TCP ports of its shared sockets; the first of them is in PORT. */
export const socketPorts = ({ sockets }: Sharing): number[] => sockets.flatMap(({ port }) => (port === null ? [] : [port]))

/** All ports that are checked: a port that is declared as both is the socket's. */
export const portsOf = (definition: Ported): number[] =>
  definition.sockets.length === 0 ? definition.ports : [...new Set([...socketPorts(definition), ...definition.ports])]

/** Sockets belong to all instances together. */
export const socketsNameOf = ({ name, instance }: { name: string; instance: { of: string } | null }): string =>
  instance?.of ?? name

/** `0.0.0.0:3000`, `[::1]:3000`, `*:3000`, `unix:/run/app.sock`. */
export function addressOf({ port, host, path }: Pick<SocketSpec, 'port' | 'host' | 'path'>): string {
  if (path !== null) return `unix:${path}`
  return `${host === null ? '*' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** With `auto` replaced by what was drawn for that position. A socket without a name of its own is called like its port. */
export const withDrawnPorts = (sockets: readonly SocketSpec[], drawn: readonly (number | null)[]): DeclaredSocket[] =>
  sockets.map((socket, index) => {
    if (socket.port !== 'auto') return { ...socket, port: socket.port }
    const port = drawn[index] ?? 0
    return { ...socket, port, name: socket.name === 'auto' ? String(port) : socket.name }
  })

/** Read-only in bash: a shell that is to set one ends. */
const READONLY = new Set(['UID', 'EUID', 'PPID', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO'])

/** Variables that the shell which starts such a run can set; others of the caller's environment are left out. */
export const isExportable = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !READONLY.has(name)
