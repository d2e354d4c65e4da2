/** Where a program is met on this machine: by a port that is known, or by what it prints. */
import type { DefinitionInput } from '../protocol/definition.ts'

/** Ports of IANA's registry behind which databases, queues and mail speak, and nobody HTTP. */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  21, 22, 25, 53, 389, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017,
])

/** Servers of such protocols, on whatever port: alone, by a path, or in a line for a shell. */
const OTHER_SERVERS =
  /(?:^|[\s/'"])(?:redis-server|valkey-server|keydb-server|memcached|postgres|mysqld|mariadbd|mongod|nats-server|mosquitto|rabbitmq-server|beanstalkd|sshd)(?![\w.-])/

/** `localhost`, as many development servers listen on ::1 alone; null where no browser has business. */
export const urlOfPort = (port: number, command: readonly string[]): string | null =>
  OTHER_PROTOCOLS.has(port) || command.some((word) => OTHER_SERVERS.test(word)) ? null : `http://localhost:${port}`

/** The address for a browser of what it serves: its first port, that of its check, or its shared socket. */
export function urlOf(
  ports: readonly { port: number }[],
  command: readonly string[],
  definition: Pick<DefinitionInput, 'health' | 'sockets'> | null,
): string | null {
  const [first] = ports
  if (first !== undefined) return urlOfPort(first.port, command)
  const health = definition?.health
  if (health?.kind === 'http') return new URL(health.url).origin
  const shared = definition?.sockets?.find((socket) => typeof socket.port === 'number')
  return typeof shared?.port === 'number' ? urlOfPort(shared.port, command) : null
}

const PRINTED = /\bhttps?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::\d{1,5})?(?![\w.-]*\w)(?:\/[^\s"'<>\x1b]*)?/

/** A local address in a text that a program has written; one that listens everywhere is met here. */
export const urlIn = (text: string): string | null =>
  PRINTED.exec(text)?.[0]
    .replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])/, '$1localhost')
    .replace(/[.,;:)\]]+$/, '') ?? null

/** Null where the address is none. */
export function portIn(url: string): number | null {
  if (!URL.canParse(url)) return null
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** What it printed knows of https and of paths; what is known of its port rules out the address of another. */
export const servedAt = (known: string | null, printed: string | null): string | null =>
  printed !== null && (known === null || portIn(known) === portIn(printed)) ? printed : known
