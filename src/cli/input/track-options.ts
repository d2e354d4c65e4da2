/** Arguments and options for reporting work: for commands inside a process and for `track`. */
import type { Command } from 'commander'
import { PtrackError } from '../../protocol/errors.ts'
import type { StepStatus, StepUpdate, TrackUpdate } from '../../protocol/tracking.ts'
import { metadata } from '../../protocol/values.ts'
import * as parse from './parse.ts'

// Their schema is not loaded here: its library costs more than the whole command.
const STEP_STATUSES = ['pending', 'running', 'done', 'failed', 'skipped', 'cancelled'] as const satisfies readonly StepStatus[]

export interface ProgressOptions {
  message?: string
  unit?: string
  metadata?: [string, unknown][]
}

export interface StepOptions {
  name?: string
  parent?: string
  status?: StepStatus
  percent?: number | null
  message?: string
  error?: string
}

export const AMOUNT = 'percent (40) or current/total (3/10); none takes it back'

export const addProgressOptions = (command: Command): Command =>
  command
    .option('-m, --message <text>', 'current activity, for people')
    .option('--unit <unit>', 'unit of current and total, such as files')
    .option(
      '--meta, --metadata <k=v>',
      'merge into the metadata; null removes a key (repeatable)',
      parse.collect(parse.reading('--meta', metadata)),
    )

function amount(text: string): Pick<TrackUpdate, 'progress' | 'current' | 'total'> {
  if (text === 'none') return { progress: null, current: null, total: null }
  const [, current, total] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (current !== undefined) return { current: Number(current), total: Number(total) }
  const percent = /^\d+(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (!(percent >= 0 && percent <= 100))
    throw new PtrackError('USAGE', `cannot read ${JSON.stringify(text)} as progress: it is no percentage from 0 to 100`, {
      hint: 'write 40, or 3/10 for the third of ten',
    })
  return { progress: percent }
}

export function progressUpdate(text: string | undefined, options: ProgressOptions): TrackUpdate {
  return {
    ...(text === undefined ? {} : amount(text)),
    ...(options.unit === undefined ? {} : { unit: options.unit }),
    ...(options.message === undefined ? {} : { message: options.message }),
    ...(options.metadata === undefined ? {} : { metadata: Object.fromEntries(options.metadata) }),
  }
}

export const addStepOptions = (command: Command): Command =>
  command
    .option('--name <text>', 'name for people (default: the id)')
    .option('--parent <id>', 'id of the step that contains it')
    .option('--status <status>', STEP_STATUSES.join(' | '), parse.choice('--status', STEP_STATUSES))
    .option('--percent <n>', 'progress of the step in percent', parse.orNone(parse.number('--percent', 0, 100)))
    .option('-m, --message <text>', 'current activity, for people')
    .option('--error <text>', 'error message')

export const stepUpdate = (id: string, options: StepOptions): StepUpdate => ({
  id,
  ...(options.name === undefined ? {} : { name: options.name }),
  ...(options.parent === undefined ? {} : { parent: options.parent }),
  ...(options.status === undefined ? {} : { status: options.status }),
  ...(options.percent === undefined ? {} : { percent: (options.percent as unknown) === parse.NONE ? null : options.percent }),
  ...(options.message === undefined ? {} : { message: options.message }),
  ...(options.error === undefined ? {} : { error: options.error }),
})

/** One row of results, as text; `where` identifies a faulty one. */
export function resultRow(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new PtrackError('USAGE', `cannot read ${where} as JSON: ${(cause as SyntaxError).message}`, {
      hint: 'write \'{"accuracy":0.9}\', or - for one JSON per line of stdin',
      cause,
    })
  }
}

export const nameOption = (command: Command, flag = '--name <name>'): Command =>
  command.option(flag, 'report for this process, from outside of it')
