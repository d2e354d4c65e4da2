/** The environments that processes are started with, apart from the state. */

export interface EnvRecord {
  caller: Record<string, string>
  set: Record<string, string>
  /** Of instances that differ, by their index: overrides `set`. */
  each?: Record<string, string>[]
}

export interface EnvStore {
  read(name: string): EnvRecord | null
  write(name: string, env: EnvRecord): Promise<void>
  remove(name: string): Promise<void>
  /** Once, before any is read: from old names to new ones. */
  rename(names: ReadonlyMap<string, string>): Promise<void>
  /** Names with an environment and its size; other files are skipped. */
  list(): Promise<Map<string, number>>
}
