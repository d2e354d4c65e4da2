/** `fleet create`, as far as it is files: keys, certificates, the server's configuration, and who this node is. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { oldestServer, tooOld } from '../../../core/fleet/bus-rules.ts'
import type { FromAgent, SetUp } from '../../../core/fleet/messages.ts'
import { nodePermissions } from '../../../core/fleet/permissions.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { errnoWords, isErrno } from '../../errno.ts'
import { addressesOf, reachableAt } from './addresses.ts'
import { makeCertificates } from './certificate.ts'
import { fleetFiles, makeFleetDir, putFile, removeFleetDir } from './files.ts'
import { type FounderFile, writeFounder } from './founder-file.ts'
import { createAccount, createOperator, createUser, credentialsText, keyOf, seedOf, userToken } from './jwt.ts'

export async function found({ newcomer, listen, serverBinary }: SetUp & { kind: 'found' }): Promise<FromAgent> {
  const { home, node } = newcomer
  checkServer(serverBinary)
  await checkFree(listen)
  const files = fleetFiles(home)
  const nowMs = Date.now()
  const nowSec = Math.floor(nowMs / 1000)
  const user = createUser()
  const founder: FounderFile = {
    version: 1,
    node,
    keys: {
      operator: seedOf(createOperator()),
      system: seedOf(createAccount()),
      account: seedOf(createAccount()),
      signing: seedOf(createAccount()),
    },
    listen,
    members: { [node]: { key: user.getPublicKey(), role: 'admin', joinedAtMs: nowMs } },
    invitations: {},
    revoked: {},
  }
  // What a former fleet left is of nobody's use: this home is in none.
  await removeFleetDir(home)
  await makeFleetDir(home)
  try {
    const certificates = makeCertificates(node, [hostname(), ...addressesOf(listen.host)])
    await putFile(files.authority, certificates.authority)
    await putFile(files.certificate, certificates.server)
    await putFile(files.key, certificates.serverKey)
    await putFile(files.credentials, credentialsOf(founder, node, user))
    await writeFounder(home, founder, nowSec)
  } catch (error) {
    await removeFleetDir(home)
    if (!isErrno(error)) throw error
    throw new PtrackError('STATE_WRITE_FAILED', `cannot write ${files.dir}: ${errnoWords(error)}`, { cause: error })
  }
  return {
    kind: 'setUp',
    membership: {
      servers: [`tls://${reachableAt(listen)}`],
      credentials: files.credentials,
      own: { role: 'admin', founder: node },
    },
    command: [serverBinary, '-c', files.config],
  }
}

function credentialsOf({ keys, members }: FounderFile, node: string, user: ReturnType<typeof createUser>): string {
  const { key, role, joinedAtMs } = members[node]!
  const permissions = nodePermissions(node, role, true)
  const issuedAtSec = Math.floor(joinedAtMs / 1000)
  const token = userToken({ name: node, key, permissions, issuedAtSec }, keyOf(keys.signing), keyOf(keys.account).getPublicKey())
  return credentialsText(token, seedOf(user))
}

function checkServer(file: string): void {
  const { stdout, error, status } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout ?? '')?.[1]
  const no = (why: string): PtrackError =>
    new PtrackError('BAD_REQUEST', `cannot create a fleet with ${file}: ${why}`, {
      hint: `--server-binary FILE names a nats-server ${oldestServer} or newer`,
    })
  if (error !== undefined) throw no(isErrno(error) ? errnoWords(error) : error.message)
  if (version === undefined) throw no(`it is no nats-server (--version ends with ${status} and says no version)`)
  if (tooOld(version)) throw no(`it is version ${version}, which loses acknowledged data when it crashes`)
}

async function checkFree({ host, port }: { host: string; port: number }): Promise<void> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen({ host, port, exclusive: true }, resolve)
    })
  } catch (error) {
    if (!isErrno(error)) throw error
    const isTaken = error.code === 'EADDRINUSE'
    throw new PtrackError(
      isTaken ? 'PORT_TAKEN' : 'BAD_REQUEST',
      `cannot listen on ${host}:${port}: ${isTaken ? 'another program does' : error.code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : errnoWords(error)}`,
      {
        hint: isTaken
          ? `\`ptrack port ${port}\` shows which; --listen HOST:PORT chooses another`
          : '--listen HOST:PORT names one of this machine',
      },
    )
  } finally {
    probe.close()
  }
}
