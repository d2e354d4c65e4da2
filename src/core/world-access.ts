/** Where answered HTTP requests are noted. */
export interface AccessLog {
  note(entry: AccessEntry): void
}

export interface AccessEntry {
  /** null: nobody was let in. */
  user: string | null
  /** Name of the token that was shown. */
  token: string | null
  /** The client's, null on the unix socket. */
  address: string | null
  method: string
  /** Its query is not noted. */
  path: string
  status: number
  ms: number
  bytes: number
}
