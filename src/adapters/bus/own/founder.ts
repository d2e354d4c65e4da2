/** What the node that made a fleet does for it: lets nodes in, puts them out, and makes its server know. */
import { jwtAuthenticator } from '@nats-io/transport-node'
import type { FromAgent, Membership, ToAgent } from '../../../core/fleet/messages.ts'
import { subjects } from '../../../core/fleet/names.ts'
import { invitationPermissions, nodePermissions } from '../../../core/fleet/permissions.ts'
import { iso } from '../../../core/iso.ts'
import { type ErrorBody, PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { NODE_NAME, NODE_NAME_RULE } from '../../../protocol/fleet.ts'
import type { Role } from '../../../protocol/names.ts'
import { readText } from '../../regular-file.ts'
import { asConnection, type BusConnection, dial, newAnswerId, wordsOf } from '../bus.ts'
import { decode, encode } from '../node.ts'
import { reachableAt, serversFor } from './addresses.ts'
import { fromPem } from './certificate.ts'
import { fleetFiles } from './files.ts'
import { accountTokenOf, type FounderFile, readFounder, writeFounder } from './founder-file.ts'
import { createUser, keyOf, seedOf, userToken } from './jwt.ts'
import { encodeInvitation } from './token.ts'

/** Spent invitations are remembered for as long as somebody may wonder why. */
const REMEMBERED_MS = 30 * 86_400_000
const SYSTEM_MS = 3000

export interface Wanted {
  node: string
  /** Public key of the user that it wants to be. */
  key: string
}

export type LetIn = { userToken: string; role: Role; founder: string } | { error: ErrorBody }

export class Founder {
  private readonly home: string
  private last: Promise<unknown> = Promise.resolve()

  constructor(home: string) {
    this.home = home
  }

  serve(connection: BusConnection): (() => void)[] {
    const stop = connection.subscribe(subjects.joins, ({ subject, data }) => {
      const id = subject.slice('ptf.join.'.length)
      void this.letIn(id, (decode(data) ?? {}) as Partial<Wanted>).then((answer) =>
        connection.publish(subjects.joined(id), encode(answer)),
      )
    })
    return [stop]
  }

  async members(): Promise<string[]> {
    await this.last
    return Object.keys((await readFounder(this.home)).members)
  }

  /** The most that people of a member may do on others; null for who is none. */
  async roleOf(node: string): Promise<Role | null> {
    await this.last
    const { members } = await readFounder(this.home)
    return Object.hasOwn(members, node) ? members[node]!.role : null
  }

  async invite({ id, role, ttlMs }: ToAgent & { kind: 'invite' }): Promise<FromAgent> {
    const user = createUser()
    const key = user.getPublicKey()
    const nowMs = Date.now()
    const expiresAtMs = nowMs + ttlMs
    const authority = fromPem(await readText(fleetFiles(this.home).authority)).toString('base64')
    return this.change(({ node, keys, listen, invitations }) => {
      for (const [each, { expiresAtMs: end }] of Object.entries(invitations))
        if (end < nowMs - REMEMBERED_MS) delete invitations[each]
      invitations[key] = { role, expiresAtMs, used: null }
      const servers = serversFor(listen)
      const token = encodeInvitation({
        servers,
        authority,
        role,
        founder: node,
        expiresAtMs,
        id: key,
        userToken: userToken(
          {
            name: 'join',
            key,
            permissions: invitationPermissions(key),
            issuedAtSec: seconds(nowMs),
            expiresAtSec: seconds(expiresAtMs),
          },
          keyOf(keys.signing),
          keyOf(keys.account).getPublicKey(),
        ),
        seed: seedOf(user),
      })
      return { kind: 'invited', id, token, expiresAtMs, servers }
    })
  }

  /** It is out when this resolves. Throws NOT_FOUND; BUS_DOWN where the server does not take it. */
  async kick(connection: BusConnection | null, node: string, by: string): Promise<void> {
    const key = await this.remove(node, (known, founder) => {
      if (node === founder)
        throw new PtrackError('BAD_REQUEST', `cannot kick ${node}: it is this node, which has made the fleet`, {
          hint: '`ptrack fleet leave --force` ends the fleet',
        })
      throw new PtrackError('NOT_FOUND', `cannot kick ${node}: it is no node of this fleet`, {
        hint: known.length === 0 ? 'there is none but this one' : `nodes are: ${known.join(', ')}`,
      })
    })
    if (key === null) return
    if (connection !== null) {
      // It hears why before it is out.
      connection.publish(subjects.kick(node), encode({ by }))
      // What fails here shows below: the same server is asked.
      await connection.flush().catch(() => {})
    }
    await this.announce()
  }

  /** It has gone by itself; its key is worth nothing any more. */
  left(node: string): void {
    void this.remove(node, () => null)
      .then((key) => (key === null ? undefined : this.announce()))
      .catch((error: unknown) => {
        process.stderr.write(`ptrackd-fleet: ${node} has left, and the bus does not know: ${wordsOf(error)}\n`)
      })
  }

  /** What the server says of its settings, to the system account alone; null when it does not answer. */
  async settings(): Promise<{ syncAlways: boolean; servers: number } | null> {
    const answer = await this.asSystem((connection) =>
      connection.request('$SYS.REQ.SERVER.PING.VARZ', new Uint8Array(), `_INBOX.${newAnswerId()}`, SYSTEM_MS),
    )
    if (typeof answer === 'string') return null
    const { data } = decode(answer.data) as {
      data?: { jetstream?: { config?: { sync_always?: boolean } }; cluster?: { urls?: string[] } }
    }
    return { syncAlways: data?.jetstream?.config?.sync_always === true, servers: Math.max(1, data?.cluster?.urls?.length ?? 1) }
  }

  private async letIn(id: string, { node, key }: Partial<Wanted>): Promise<LetIn> {
    const no = (code: ErrorBody['code'], why: string, hint: string): never => {
      throw new PtrackError(code, `cannot join: ${why}`, { hint })
    }
    try {
      return await this.change((founder) => {
        const nowMs = Date.now()
        const invited = Object.hasOwn(founder.invitations, id) ? founder.invitations[id]! : null
        const another = `\`ptrack fleet invite\` on ${founder.node} gives another token`
        if (invited === null) return no('DENIED', 'this fleet has given no such token', another)
        if (invited.used !== null)
          return no('DENIED', `the token was used by ${invited.used.node} (${iso(invited.used.atMs)})`, another)
        if (invited.expiresAtMs <= nowMs) return no('DENIED', `the token has expired (${iso(invited.expiresAtMs)})`, another)
        if (typeof node !== 'string' || !NODE_NAME.test(node))
          return no('BAD_REQUEST', 'that is no name of a node', `it has ${NODE_NAME_RULE}`)
        if (typeof key !== 'string' || !/^U[A-Z2-7]{55}$/.test(key))
          return no('BAD_REQUEST', 'its key cannot be read', 'install the same version on both machines')
        if (Object.hasOwn(founder.members, node))
          return no(
            'DUPLICATE_NAME',
            `${node} is a node of the fleet already`,
            `--name gives this node another name; \`ptrack fleet kick ${node}\` on ${founder.node} frees it`,
          )
        const { role } = invited
        invited.used = { node, atMs: nowMs }
        founder.members[node] = { key, role, joinedAtMs: nowMs }
        const user = { name: node, key, permissions: nodePermissions(node, role, false), issuedAtSec: seconds(nowMs) }
        return {
          userToken: userToken(user, keyOf(founder.keys.signing), keyOf(founder.keys.account).getPublicKey()),
          role,
          founder: founder.node,
        }
      })
    } catch (error) {
      return { error: toErrorBody(error) }
    }
  }

  /** The key that is revoked by it; null for what `missing` lets pass. */
  private remove(node: string, missing: (known: string[], founder: string) => null): Promise<string | null> {
    return this.change((founder) => {
      const { members, revoked } = founder
      const member = node !== founder.node && Object.hasOwn(members, node) ? members[node]! : null
      if (member === null)
        return missing(
          Object.keys(members).filter((name) => name !== founder.node),
          founder.node,
        )
      delete members[node]
      // Not of the clock alone, which may have been set back since.
      revoked[member.key] = Math.max(seconds(Date.now()), seconds(member.joinedAtMs)) + 1
      return member.key
    })
  }

  /** The server learns who is out. It reads that from its configuration too, at its start. */
  private async announce(): Promise<void> {
    const founder = await readFounder(this.home)
    const account = keyOf(founder.keys.account).getPublicKey()
    const answer = await this.asSystem((connection) =>
      connection.request(
        `$SYS.REQ.ACCOUNT.${account}.CLAIMS.UPDATE`,
        Buffer.from(accountTokenOf(founder, seconds(Date.now())), 'latin1'),
        `_INBOX.${newAnswerId()}`,
        SYSTEM_MS,
      ),
    )
    const failed = typeof answer === 'string' ? 'it does not answer' : refusalIn(decode(answer.data))
    if (failed === null) return
    throw new PtrackError('BUS_DOWN', `cannot make the bus put it out: ${failed}`, {
      hint: '`ptrack restart fleet-bus` does it: it is written down',
    })
  }

  private async asSystem<T>(work: (connection: BusConnection) => Promise<T>): Promise<T> {
    const { keys, listen } = await readFounder(this.home)
    const [user, system] = [createUser(), keyOf(keys.system)]
    const issuedAtSec = seconds(Date.now())
    const token = userToken({ name: 'ptrack', key: user.getPublicKey(), permissions: null, issuedAtSec }, system)
    const nats = await dial({
      servers: [reachableAt(listen)],
      name: 'ptrack fleet',
      security: { authority: await readText(fleetFiles(this.home).authority) },
      login: { authenticator: jwtAuthenticator(token, user.getSeed()) },
    }).catch((error: unknown) => {
      throw new PtrackError('BUS_DOWN', `cannot make the bus put it out: ${wordsOf(error, true)}`, {
        hint: 'it is written down, and holds from the start of fleet-bus (`ptrack start fleet-bus`)',
      })
    })
    try {
      return await work(asConnection(nats))
    } finally {
      await nats.close()
    }
  }

  /** One at a time, each on disk before it is answered. What throws has changed nothing. */
  private change<T>(how: (founder: FounderFile) => T): Promise<T> {
    const done = this.last.then(async () => {
      const founder = await readFounder(this.home)
      const result = how(founder)
      await writeFounder(this.home, founder, seconds(Date.now()))
      return result
    })
    // Its caller hears of it; the next one begins anew.
    this.last = done.catch(() => {})
    return done
  }
}

/** What only the node that made the fleet can do. Throws BAD_REQUEST. */
export function notHere({ own }: Membership, what: string): never {
  if (own === null)
    throw new PtrackError(
      'BAD_REQUEST',
      `cannot ${what}: this fleet is on a bus that others run, which knows nothing of its nodes`,
      {
        hint: 'who may use the bus is settled there; `ptrack fleet create` makes one that knows its nodes',
      },
    )
  throw new PtrackError('BAD_REQUEST', `cannot ${what} from here: ${own.founder} has made the fleet, and holds its keys`, {
    hint: `do it on ${own.founder}`,
  })
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

function refusalIn(answer: unknown): string | null {
  const { error } = (answer ?? {}) as { error?: { description?: string } }
  return error === undefined ? null : (error.description ?? 'it refuses')
}
