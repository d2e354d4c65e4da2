/** A health check by command: its exit code, and the first line of its output, which usually says why. */
import { stripVTControlCharacters } from 'node:util'
import type { ProcessTable, Signaller } from '../core/world.ts'
import type { ProbeAnswer } from '../core/world-probes.ts'
import { formatDuration } from '../protocol/duration.ts'

/** The first line is searched in this many bytes; the rest is discarded, so that no probe blocks on a full pipe. */
const HEARD_BYTES = 4096
/** A background child keeps the pipes open; the probe's own output has arrived within this time. */
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
    // A group of its own, so that a hanging probe ends with all it started; execa's timeout ends only the shell.
    detached: true,
    cleanup: false,
    reject: false,
  })
  const pipes = [running.stderr, running.stdout]
  const firstLines = pipes.map((pipe) => listen(pipe))
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
  const words = firstLines.map((firstLine) => firstLine()).find((line) => line !== '')
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
