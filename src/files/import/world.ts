/** The readers' view of the machine: passed by the command, or by tests. */
export interface ImportWorld {
  env: Record<string, string>
  cwd: string
  cpus: number
  hostname: string
  /** null = no such file. */
  readText: (path: string) => string | null
  isFile: (path: string) => boolean
  /** Why a log cannot be kept in this file; null = it can. */
  whyNoLog: (path: string) => string | null
  /** Absolute path of a command in PATH, or null. */
  inPath: (name: string) => string | null
  /** Whether the file starts with NUL bytes, which no script does. */
  isBinary: (path: string) => boolean
  glob: (pattern: string, cwd: string) => string[]
  readEnvFile: (path: string) => Record<string, string>
}
