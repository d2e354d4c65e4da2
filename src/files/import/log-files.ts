/** Log files of other supervisors' files: where the output is written, or why ptrack keeps it itself. */
import { logFilesOf, NOWHERE } from '../../protocol/log-files.ts'
import type { FieldNote, FileProcess } from '../file-process.ts'
import type { ImportWorld } from './world.ts'

type LogField = 'outFile' | 'errFile'
type Outcome = Partial<Pick<FieldNote, 'verdict' | 'became' | 'why'>>

/** Of the daemon of that program, which prints what ptrack shows by `logs -f`. */
const OF_THE_DAEMON = /^\/(dev\/(std(out|err)|fd\/\d+|tty|console|pts\/\d+)|proc\/self\/fd\/\d+)$/

const kept = (why: string): Outcome => ({ verdict: 'ignored', became: null, why: `${why}: ptrack keeps the log itself` })

/** `file` is absolute. What cannot be kept there is kept by ptrack itself, so that everything can be started. */
export function logTo({ definition }: FileProcess, fields: readonly LogField[], file: string, world: ImportWorld): Outcome {
  if (OF_THE_DAEMON.test(file)) return kept('the daemon has no terminal, and `ptrack logs -f` shows it')
  const why = world.whyNoLog(logFilesOf({ outFile: file, errFile: null, instance: null }).outFile!)
  if (why !== null) return kept(why)
  for (const field of fields) definition[field] = file
  return {}
}

/** Notes of the fields that a process had are changed for the better. */
export const noteOn =
  (notes: readonly FieldNote[], process: string) =>
  (fields: readonly string[], change: Outcome): void => {
    for (const note of notes) if (note.process === process && fields.includes(note.field)) Object.assign(note, change)
  }

/** `out.log` of several instances is `out-{instance}.log`. */
export function perInstance(file: string): string {
  const [, start, end] = /^(.*?)(\.[A-Za-z]\w*)?$/s.exec(file)!
  return `${start}-{instance}${end ?? ''}`
}

/** A job needs a file of its own: its progress and results are read from it. */
export function withoutSharedJobLogs(processes: readonly FileProcess[], notes: readonly FieldNote[]): void {
  const users = new Map<string, FileProcess[]>()
  for (const process of processes) for (const file of filesOf(process)) users.set(file, [...(users.get(file) ?? []), process])
  for (const [file, sharing] of users) {
    const alone = sharing.length === 1 && (sharing[0]!.instances === 1 || file.includes('{instance}'))
    if (alone || !sharing.some(({ definition }) => definition.kind === 'job')) continue
    for (const { definition } of sharing) {
      for (const field of ['outFile', 'errFile'] as const) if (definition[field] === file) delete definition[field]
      for (const note of notes)
        if (note.process === definition.name && /outFile|errFile/.test(note.became ?? ''))
          Object.assign(note, kept('several write to it, and a job needs a file of its own'))
    }
  }
}

const filesOf = ({ definition: { outFile, errFile } }: FileProcess): Set<string> =>
  new Set([outFile, errFile].filter((file) => typeof file === 'string' && file !== NOWHERE) as string[])
