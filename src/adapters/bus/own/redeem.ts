/** `fleet join TOKEN`, as far as it is files: the token is exchanged for a user of its own, whose key never leaves this home. */
import { jwtAuthenticator } from '@nats-io/transport-node'
import type { FromAgent, SetUp } from '../../../core/fleet/messages.ts'
import { subjects } from '../../../core/fleet/names.ts'
import { iso } from '../../../core/iso.ts'
import { fromErrorBody, PtrackError } from '../../../protocol/errors.ts'
import { errnoWords, isErrno } from '../../errno.ts'
import { asConnection, dial, isOtherCertificate, isRefusal, wordsOf } from '../bus.ts'
import { decode, encode } from '../node.ts'
import { toPem } from './certificate.ts'
import { fleetFiles, makeFleetDir, putFile, removeFleetDir } from './files.ts'
import type { LetIn, Wanted } from './founder.ts'
import { createUser, credentialsText, seedOf } from './jwt.ts'
import { decodeInvitation, type Invitation } from './token.ts'

const ANSWER_MS = 5000

export async function redeem({ newcomer, token }: SetUp & { kind: 'redeem' }): Promise<FromAgent> {
  const { home, node } = newcomer
  const invitation = decodeInvitation(token)
  const user = createUser()
  const nats = await dial({
    servers: invitation.servers,
    name: `ptrack ${node}`,
    security: { authority: authorityOf(invitation) },
    login: { authenticator: jwtAuthenticator(invitation.userToken, Buffer.from(invitation.seed, 'latin1')) },
  }).catch((error: unknown) => {
    throw whyNot(error, invitation)
  })
  try {
    const connection = asConnection(nats)
    const wanted: Wanted = { node, key: user.getPublicKey() }
    const { id, founder } = invitation
    const reply = await connection.request(subjects.join(id), encode(wanted), subjects.joined(id), ANSWER_MS)
    if (typeof reply === 'string')
      throw new PtrackError('NODE_AWAY', `cannot join: ${founder}, which alone lets nodes in, is not on the bus`, {
        hint: `\`ptrack fleet status\` on ${founder} shows why; the token is not used up`,
      })
    const letIn = decode(reply.data) as LetIn
    if ('error' in letIn) throw fromErrorBody(letIn.error)
    await write(home, invitation, credentialsText(letIn.userToken, seedOf(user)))
    return {
      kind: 'setUp',
      membership: {
        servers: fromThere(invitation.servers, connection.server).map((server) => `tls://${server}`),
        credentials: fleetFiles(home).credentials,
        own: { role: letIn.role, founder: letIn.founder },
      },
      command: [],
    }
  } finally {
    await nats.close()
  }
}

const authorityOf = ({ authority }: Invitation): string => toPem(Buffer.from(authority, 'base64'))

/** The address that worked comes first. */
const fromThere = (servers: readonly string[], reached: string): string[] => [
  ...servers.filter((server) => server === reached),
  ...servers.filter((server) => server !== reached),
]

async function write(home: string, invitation: Invitation, credentials: string): Promise<void> {
  const files = fleetFiles(home)
  try {
    // Of a fleet that this home is in no more.
    await removeFleetDir(home)
    await makeFleetDir(home)
    await putFile(files.authority, authorityOf(invitation))
    await putFile(files.credentials, credentials)
  } catch (error) {
    if (!isErrno(error)) throw error
    throw new PtrackError('STATE_WRITE_FAILED', `cannot write ${files.dir}: ${errnoWords(error)}`, {
      hint: 'the token is used up: another is needed when this is mended',
      cause: error,
    })
  }
}

function whyNot(error: unknown, { servers, founder, expiresAtMs }: Invitation): PtrackError {
  const another = `\`ptrack fleet invite\` on ${founder} gives another token`
  if (isOtherCertificate(error))
    return new PtrackError('DENIED', `cannot join: what answers at ${servers.join(', ')} is not the bus that this token is for`, {
      hint: `its certificate is another; was the fleet made anew? ${another}`,
      cause: error,
    })
  if (isRefusal(error)) {
    const why =
      expiresAtMs <= Date.now()
        ? `it has expired (${iso(expiresAtMs)})`
        : 'it has expired by its clock, or the fleet was made anew'
    return new PtrackError('DENIED', `cannot join: the bus does not accept the token: ${why}`, { hint: another, cause: error })
  }
  return new PtrackError('BUS_DOWN', `cannot join: the bus is not reached at ${servers.join(', ')}: ${wordsOf(error, true)}`, {
    hint: `see whether fleet-bus runs on ${founder}, and whether a firewall is between; the token is not used up`,
    cause: error,
  })
}
