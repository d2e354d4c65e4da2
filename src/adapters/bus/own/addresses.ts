/** By which addresses this machine's bus is reached from others. */
import { hostname, networkInterfaces } from 'node:os'
import type { Listen } from '../../../core/fleet/messages.ts'

const ALL: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
/** Networks inside this machine, of containers and virtual machines. */
const INNER = /^(docker|br-|veth|virbr|lxc|lxd|cni|flannel|podman)/
/** A token must stay short enough to be copied. */
const MOST = 6

/** As in an address: an IPv6 host in brackets. */
export const withPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** From this machine itself. */
export const reachableAt = ({ host, port }: Listen): string =>
  withPort(host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port)

/** IPv4 first, since most networks have it. */
export function addressesOf(host: string): string[] {
  if (!ALL.has(host)) return [host]
  const all = Object.entries(networkInterfaces()).flatMap(([name, each]) =>
    INNER.test(name) ? [] : (each ?? []).filter(({ internal, address }) => !internal && !address.startsWith('fe80:')),
  )
  const usable = host === '::' ? all : all.filter(({ family }) => family === 'IPv4')
  return usable.sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address)
}

/** For a token: from other machines, and at last from this one. */
export function serversFor({ host, port }: Listen): string[] {
  const addresses = addressesOf(host).slice(0, MOST)
  const names = ALL.has(host) ? [hostname()] : []
  const hosts = [...addresses, ...names, ...(ALL.has(host) ? ['127.0.0.1'] : [])]
  return [...new Set(hosts)].map((each) => withPort(each, port))
}
