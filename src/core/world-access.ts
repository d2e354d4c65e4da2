/** The log of answered HTTP requests. */
export interface AccessLog {
  note(entry: AccessEntry): void
}

export interface AccessEntry {
  /** null: access was refused. */
  user: string | null
  token: string | null
  /** null on the unix socket. */
  address: string | null
  method: string
  /** Without its query. */
  path: string
  status: number
  ms: number
  bytes: number
}
