/** What the readers ask of the machine: given by the command, and by tests. */
export interface ImportWorld {
  /** The caller's environment. */
  env: Record<string, string>
  /** Where `ptrack import` was called. */
  cwd: string
  cpus: number
  hostname: string
  /** null = there is no such file. */
  readText: (path: string) => string | null
  isFile: (path: string) => boolean
  /** Absolute path of a command in PATH, or null. */
  inPath: (name: string) => string | null
  /** Whether the file holds NUL bytes at its beginning, which no script does. */
  isBinary: (path: string) => boolean
  /** Files that a glob matches, sorted, absolute. */
  glob: (pattern: string, cwd: string) => string[]
  /** The variables of a dotenv file. */
  readEnvFile: (path: string) => Record<string, string>
}
