/** Performs a hook's action: a command, a POST, a mail. Heavy modules are loaded at first use. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { ProcessTable, Signaller } from '../core/world.ts'
import type { HookRunner } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { type Action, parseAction } from '../protocol/hooks.ts'

type Outcome = Awaited<ReturnType<HookRunner['run']>>

export interface HookRunnerOptions {
  table: Pick<ProcessTable, 'identityOf'>
  signaller: Pick<Signaller, 'signalGroup'>
  /** Environment of commands, besides the event's variables; without the marker. */
  env: Record<string, string>
  /** So that `ptrack` in a hook asks this daemon. */
  home: string
}

/** How much output of a failed command is kept for its error line. */
const SAID_BYTES = 2048

/** Fields of the event that a command gets as PTRACK_<FIELD>. Not the id: the hook would look supervised. */
const FIELDS = [
  'event',
  'name',
  'kind',
  'type',
  'owner',
  'status',
  'reason',
  'run',
  'exitCode',
  'signal',
  'durationMs',
  'text',
  'at',
]

export function createHookRunner(options: HookRunnerOptions): HookRunner {
  return {
    async run(written, event, timeoutMs) {
      try {
        return await act(options, parseAction(written), event, timeoutMs)
      } catch (error) {
        if (!(error instanceof PtrackError)) throw error
        return { ok: false, detail: error.message }
      }
    },
  }
}

function act(options: HookRunnerOptions, action: Action, event: Record<string, unknown>, timeoutMs: number): Promise<Outcome> {
  switch (action.kind) {
    case 'exec':
      return command(options, ['/bin/sh', '-c', action.command], JSON.stringify(event), event, timeoutMs)
    case 'webhook':
      return post(action.url, event, timeoutMs)
    case 'mail':
      return mail(options, action.address, event, timeoutMs)
  }
}

/** `exitCode` is PTRACK_EXIT_CODE. */
const variableOf = (field: string): string => `PTRACK_${field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** For docs/hooks.md. */
export const HOOK_VARIABLES: readonly string[] = FIELDS.map(variableOf)

function variablesOf(event: Record<string, unknown>): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const field of FIELDS) {
    const name = variableOf(field)
    const value = event[field]
    // A NUL cannot be in an environment, and a very long reason need not.
    variables[name] = value === null || value === undefined ? '' : String(value).replaceAll('\0', '').slice(0, 4096)
  }
  return variables
}

async function command(
  { table, signaller, env, home }: HookRunnerOptions,
  argv: readonly [string, ...string[]],
  input: string,
  event: Record<string, unknown>,
  timeoutMs: number,
): Promise<Outcome> {
  const { execa } = await import('execa')
  const running = execa(argv[0], argv.slice(1), {
    cwd: '/',
    env: { ...env, PTRACK_HOME: home, ...variablesOf(event) },
    extendEnv: false,
    input,
    stdout: 'ignore',
    stderr: 'pipe',
    buffer: false,
    // A group of its own, so that a hanging hook ends with all it started; execa's timeout ends only the shell.
    detached: true,
    cleanup: false,
    reject: false,
  })
  let said = ''
  running.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-SAID_BYTES)
  })
  const leader = running.pid === undefined ? null : table.identityOf(running.pid)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    if (leader !== null) signaller.signalGroup(leader, 'SIGKILL')
    // The leader may have ended and left a child that holds stderr.
    running.stderr.destroy()
  }, timeoutMs)
  const result = await running
  clearTimeout(timer)
  const last = said.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const words = last === '' ? '' : `: ${last.slice(0, 200)}`
  if (timedOut) return { ok: false, detail: `it took longer than ${timeoutMs / 1000} s and was ended` }
  if (result.exitCode === 0) return { ok: true, detail: 'it exited with 0' }
  if (result.exitCode !== undefined) return { ok: false, detail: `it exited with ${result.exitCode}${words}` }
  if (result.signal !== undefined) return { ok: false, detail: `it was ended by ${result.signal}${words}` }
  return { ok: false, detail: `it could not be started: ${result.message ?? 'unknown reason'}` }
}

async function post(url: string, event: Record<string, unknown>, timeoutMs: number): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'ptrack' },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(timeoutMs),
    })
    // Only the status matters, however long the body is.
    await response.body?.cancel()
    return { ok: response.ok, detail: `it answered ${response.status}` }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error.name === 'TimeoutError') return { ok: false, detail: `no answer within ${timeoutMs / 1000} s` }
    // fetch hides the reason in the cause.
    const cause = error.cause instanceof Error ? error.cause : error
    return {
      ok: false,
      detail: `it could not be reached: ${cause.message || ('code' in cause ? String(cause.code) : cause.name)}`,
    }
  }
}

/** Where sendmail is when it is not in PATH: a daemon's is often short. */
const SENDMAIL_PLACES = ['/usr/sbin', '/usr/lib', '/usr/local/sbin']

async function mail(
  options: HookRunnerOptions,
  address: string,
  event: Record<string, unknown>,
  timeoutMs: number,
): Promise<Outcome> {
  const places = [...(options.env.PATH ?? '').split(delimiter).filter((place) => place !== ''), ...SENDMAIL_PLACES]
  const sendmail = places.map((place) => join(place, 'sendmail')).find((file) => existsSync(file))
  if (sendmail === undefined)
    return { ok: false, detail: 'cannot send mail: no sendmail is installed; install one, or use webhook: or exec:' }
  return command(options, [sendmail, '-t', '-i'], messageTo(address, event), event, timeoutMs)
}

/** Names and reasons come from programs: a newline must not begin a header. */
const oneLine = (value: unknown): string => String(value ?? '').replace(/[\r\n\0]+/g, ' ')

function messageTo(address: string, event: Record<string, unknown>): string {
  const subject = Buffer.from(oneLine(event.text).slice(0, 150), 'utf8').toString('base64')
  return [
    `To: ${address}`,
    `Subject: =?UTF-8?B?${subject}?=`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Auto-Submitted: auto-generated',
    '',
    oneLine(event.text),
    '',
    ...Object.entries(event).map(
      ([field, value]) => `${field}: ${oneLine(typeof value === 'object' ? JSON.stringify(value) : value)}`,
    ),
    '',
  ].join('\n')
}
