/** Why a program cannot be started, found before trying. Becomes the outcome of the spawn, never escapes the adapter. */
export class CannotStart extends Error {
  /** NOT_FOUND_COMMAND, NOT_EXECUTABLE, BAD_CWD, BAD_LIMIT, BAD_USER, CGROUP, SANDBOX, MISSING_TOOL, SPAWN_FAILED or an errno. */
  readonly code: string

  /** `why` completes `cannot start NAME: ...`; advice may follow a semicolon. */
  constructor(code: string, why: string, options?: ErrorOptions) {
    super(why, options)
    this.name = 'CannotStart'
    this.code = code
  }
}
