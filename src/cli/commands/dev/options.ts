/** The options of `dev`, as parsed. */
import type { FileChoices } from '../../../files/plan.ts'

export const EXIT_RULES = ['never', 'failure', 'any', 'all'] as const
export type ExitRule = (typeof EXIT_RULES)[number]

export interface DevOptions extends FileChoices {
  file?: string
  profile?: string[]
  project?: string
  /** Milliseconds. */
  timeout?: number
  /** Only the lines of these are shown. */
  only?: string[]
  timestamps?: boolean
  /** false: lines without names. */
  prefix: boolean
  exitOn?: ExitRule
  exitCodeFrom?: string
  foreman?: boolean
  detach?: boolean
  keep?: boolean
  watch?: boolean
}
