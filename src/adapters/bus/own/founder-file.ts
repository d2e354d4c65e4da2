/** HOME/fleet/founder.json: the keys of a fleet, who is in it and who is invited; and bus.conf, which follows from it. */

import type { Listen } from '../../../core/fleet/messages.ts'
import { parseJson } from '../../../protocol/json.ts'
import type { Role } from '../../../protocol/names.ts'
import { readText } from '../../regular-file.ts'
import { withPort } from './addresses.ts'
import { fleetFiles, putFile } from './files.ts'
import { accountToken, keyOf, operatorToken, systemAccountToken } from './jwt.ts'

export interface Member {
  /** Its public key. */
  key: string
  role: Role
  joinedAtMs: number
}

export interface Invited {
  role: Role
  expiresAtMs: number
  /** Who used it up. */
  used: { node: string; atMs: number } | null
}

export interface FounderFile {
  version: 1
  node: string
  /** Seeds. `signing` signs users of `account`; `operator` signs accounts. */
  keys: { operator: string; system: string; account: string; signing: string }
  listen: Listen
  members: Record<string, Member>
  invitations: Record<string, Invited>
  /** Public key of a user: out as of tokens issued until then (epoch s). */
  revoked: Record<string, number>
}

export async function readFounder(home: string): Promise<FounderFile> {
  const file = fleetFiles(home).founder
  const read = parseJson(await readText(file)) as FounderFile | undefined
  if (read?.version === 1) return read
  throw new Error(`${file} is damaged, or of a newer version`)
}

/** The list of members before the server's own, so that a kick survives a crash in between. */
export async function writeFounder(home: string, founder: FounderFile, nowSec: number): Promise<void> {
  await putFile(fleetFiles(home).founder, `${JSON.stringify(founder, null, 2)}\n`)
  await putFile(fleetFiles(home).config, configOf(home, founder, nowSec))
}

export const accountTokenOf = ({ keys, revoked }: FounderFile, nowSec: number): string =>
  accountToken(keyOf(keys.account).getPublicKey(), keyOf(keys.operator), keyOf(keys.signing).getPublicKey(), revoked, nowSec)

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** What acknowledged is, is on disk: by default a nats-server loses the last two minutes with the power. */
export function configOf(home: string, { node, keys, listen, ...founder }: FounderFile, nowSec: number): string {
  const files = fleetFiles(home)
  const [operator, system, account] = [
    keyOf(keys.operator),
    keyOf(keys.system).getPublicKey(),
    keyOf(keys.account).getPublicKey(),
  ]
  return `# Written by ptrack from founder.json, whenever somebody comes or goes.
server_name: ${quoted(node)}
listen: ${quoted(withPort(listen.host, listen.port))}
jetstream { store_dir: ${quoted(files.store)}, sync_interval: always }
tls { cert_file: ${quoted(files.certificate)}, key_file: ${quoted(files.key)} }
operator: ${operatorToken(operator, system, nowSec)}
system_account: ${system}
resolver: MEMORY
resolver_preload {
  ${system}: ${systemAccountToken(system, operator, nowSec)}
  ${account}: ${accountTokenOf({ node, keys, listen, ...founder }, nowSec)}
}
`
}
