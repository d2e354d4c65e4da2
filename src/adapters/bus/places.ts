/** The fleet's part of the World: what is kept of it, and its process. */
import { spawn } from 'node:child_process'
import { hostname } from 'node:os'
import type { FromAgent } from '../../core/fleet/messages.ts'
import type { FleetPlaces } from '../../core/world-fleet.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { errnoHint, errnoWords, isErrno } from '../errno.ts'
import type { FileSystem } from '../state/file-system.ts'
import { dropUnrecorded, noteBegun } from './jobs/begun-files.ts'
import { createMembershipStore } from './membership.ts'

/** Many times what a thousand nodes and some hundred connections take. */
const HEAP_MB = 512
const WORDS_CHARS = 2000

export interface FleetPlacesOptions {
  dir: string
  script: string
  env: NodeJS.ProcessEnv
  fs?: FileSystem
}

/** Of the daemon's environment what reaching a server may need. */
const PASSED_ON = ['PATH', 'HOME', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const

export function createFleetPlaces({ dir, script, env, ...more }: FleetPlacesOptions): FleetPlaces {
  return {
    ...createMembershipStore({ dir, ...more }),
    host: hostname,
    noteBegun: (run, number) => {
      try {
        noteBegun(dir, run, number)
      } catch (cause) {
        if (!isErrno(cause)) throw cause
        throw new PtrackError('STATE_WRITE_FAILED', `cannot note that a job of the fleet begins: ${errnoWords(cause)}`, {
          hint: errnoHint(cause, dir),
          cause,
        })
      }
    },
    dropUnrecorded: (nextNumber) => dropUnrecorded(dir, nextNumber),
    outbox: async () => new (await import('./events/outbox-writer.ts')).OutboxWriter(dir),
    spawn: ({ message, exit }) => {
      const own = Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
      // A group of its own: Ctrl-C in `daemon run` is the daemon's to act on. The channel ends with the daemon, and it with that.
      const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, script, '--home', dir], {
        cwd: '/',
        detached: true,
        env: own,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      })
      let words = ''
      let over = false
      const ended = (why: string): void => {
        if (over) return
        over = true
        const said = words.split('\n').find((line) => /^(?:\w*Error|ptrackd-fleet)\b/.test(line))
        exit(said ?? why)
      }
      child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
        if (words.length < WORDS_CHARS) words += chunk
      })
      child.on('message', (received) => message(received as FromAgent))
      child.once('error', (error) => ended(error.message))
      child.once('close', (code, signal) => ended(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`))
      return {
        pid: child.pid ?? 0,
        send: (sent) => {
          // One that has just died shows in its exit.
          if (child.connected) child.send(sent, () => {})
        },
        kill: () => child.kill('SIGKILL'),
      }
    },
  }
}
