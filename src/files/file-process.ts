/** What every file format is parsed into, and what `up`, `import` and `export` work with. */
import type { DefinitionInput } from '../protocol/definition.ts'

/** One process as a file describes it: what the `start` request needs, independent of the format. */
export interface FileProcess {
  /** Absolute `cwd`, command split into words; without `instance`. */
  definition: DefinitionInput
  /** Variables set for it, merged by precedence. */
  env: Record<string, string>
  /** Nothing of the caller's environment but PATH, HOME, USER and the like. */
  cleanEnv: boolean
  /** 1 is a plain process; more are the set NAME: NAME:0 .. NAME:N-1. */
  instances: number
  /** false: defined, but not started (autostart off, disabled). */
  autostart: boolean
  /** Variables that differ per instance, by index. Empty when all are alike. */
  instanceEnv: Record<string, string>[]
  /** Fields that differ per instance, likewise. Only other supervisors' files have them. */
  instanceOwn?: InstanceOwn[]
}

/** Fields in which instances of one definition may differ. */
export const INSTANCE_OWN = ['command', 'cwd', 'description', 'health'] as const
export type InstanceOwn = Partial<Pick<DefinitionInput, (typeof INSTANCE_OWN)[number]>>

/** What happened to one field of a foreign file. Nothing is dropped silently. */
export interface FieldNote {
  /** null = of the whole file. */
  process: string | null
  /** As written in the file, such as `exp_backoff_restart_delay`. */
  field: string
  /** kept: means the same; changed: means nearly the same, see `why`; ignored: has no counterpart, see `why`. */
  verdict: 'kept' | 'changed' | 'ignored'
  became: string | null
  why: string | null
  /** 1-based, where the format has lines. */
  line: number | null
}

export interface ReadFile {
  file: string
  /** In the order of the file; `after` names only processes of it. */
  processes: FileProcess[]
  notes: FieldNote[]
}
