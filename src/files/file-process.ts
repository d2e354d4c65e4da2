/** What every format of file is read into, and what `up`, `import` and `export` work with. */
import type { DefinitionInput } from '../protocol/definition.ts'

/** One process as a file describes it: what the `start` request needs, and nothing of the format it came from. */
export interface FileProcess {
  /** Absolute `cwd`, command resolved to words; without `instance`. */
  definition: DefinitionInput
  /** Variables set for it, in the order of their precedence already merged. */
  env: Record<string, string>
  /** Nothing of the caller's environment but PATH, HOME, USER and the like. */
  cleanEnv: boolean
  /** 1 is a plain process; more are the set NAME: NAME:0 .. NAME:N-1. */
  instances: number
  /** false: defined, and not started (autostart off, disabled). */
  autostart: boolean
  /** Variables that differ for each instance; the index is that of `env` of the instance. Empty when they are all alike. */
  instanceEnv: Record<string, string>[]
  /** Fields that differ for each instance, in the same way. Only other supervisors' files have them. */
  instanceOwn?: InstanceOwn[]
}

/** What instances of one definition may have of their own. */
export const INSTANCE_OWN = ['command', 'cwd', 'description', 'health'] as const
export type InstanceOwn = Partial<Pick<DefinitionInput, (typeof INSTANCE_OWN)[number]>>

/** What became of one field of a foreign file. Nothing is dropped silently. */
export interface FieldNote {
  /** null = of the whole file. */
  process: string | null
  /** As written in the file, such as `exp_backoff_restart_delay`. */
  field: string
  /** kept: means the same; changed: means nearly the same, `why` tells the difference; ignored: has no counterpart, `why` tells. */
  verdict: 'kept' | 'changed' | 'ignored'
  /** What it became in ptrack's words, such as `restart: on-failure`. */
  became: string | null
  why: string | null
  /** 1-based, where the format tells. */
  line: number | null
}

export interface ReadFile {
  /** Absolute path. */
  file: string
  /** In the order of the file; `after` names only processes of it. */
  processes: FileProcess[]
  notes: FieldNote[]
}
