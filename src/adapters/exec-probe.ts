/** A health check by a command: its exit code, and the first line of what it wrote, which usually says why. */
import { stripVTControlCharacters } from 'node:util'
import type { ProbeAnswer, ProcessTable, Signaller } from '../core/world.ts'
import { formatDuration } from '../protocol/duration.ts'

/** The first line is looked for in these first bytes; the rest is read and thrown away, so that no probe meets a full pipe. */
const HEARD_BYTES = 4096
/** A child left in the background keeps the pipes open; what the probe itself wrote is here by then. */
const PIPES_MS = 50

export async function checkExec(
  os: { table: ProcessTable; signaller: Signaller },
  command: string,
  options: { cwd: string; env: Record<string, string>; timeoutMs: number },
): Promise<ProbeAnswer> {
  const { execa } = await import('execa')
  const running = execa('/bin/sh', ['-c', command], {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    // A group of its own, so that a probe that hangs ends with everything it started; execa's timeout ends the shell alone.
    detached: true,
    cleanup: false,
    reject: false,
  })
  const pipes = [running.stderr, running.stdout]
  const heard = pipes.map((pipe) => listen(pipe))
  const leader = running.pid === undefined ? null : os.table.identityOf(running.pid)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    if (leader !== null) os.signaller.signalGroup(leader, 'SIGKILL')
  }, options.timeoutMs)
  running.once('exit', () => {
    const leave = setTimeout(() => {
      for (const pipe of pipes) pipe?.destroy()
    }, PIPES_MS)
    running.once('close', () => clearTimeout(leave))
  })
  const result = await running
  clearTimeout(timer)
  if (timedOut) return { ok: false, answer: `had no answer within ${formatDuration(options.timeoutMs)}` }
  const words = heard.map((firstLine) => firstLine()).find((line) => line !== '')
  const because = words === undefined ? '' : `: ${words}`
  if (result.exitCode !== undefined) return { ok: result.exitCode === 0, answer: `exited with ${result.exitCode}${because}` }
  return result.signal === undefined
    ? { ok: false, answer: `could not be started: ${result.message ?? 'unknown reason'}` }
    : { ok: false, answer: `was ended by ${result.signal}${because}` }
}

function listen(pipe: NodeJS.ReadableStream | null): () => string {
  let text = ''
  pipe?.on('data', (chunk: Buffer) => {
    if (text.length < HEARD_BYTES) text += chunk.toString('utf8')
  })
  return () =>
    stripVTControlCharacters(text)
      .slice(0, HEARD_BYTES)
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
}
