/** What the outside must offer about tokens: keeping them, and the arithmetic that core has no hand for. */
import type { Role } from '../protocol/names.ts'
import type { RunRef } from './state.ts'

/** What is kept of a token; its value is not. */
export interface TokenRecord {
  name: string
  role: Role
  owner: string
  /** sha256 of the value, 64 hexadecimal digits. */
  hash: string
  createdAtMs: number
  /** User, and token if it was one, that made it. */
  createdBy: string
  /** Epoch ms; null = never. */
  expiresAtMs: number | null
}

export interface TokenStore {
  /** As they stood when the daemon began. What cannot be read is set aside and told in the notes; then there are none. */
  load(): Promise<{ tokens: TokenRecord[]; notes: string[] }>
  /** Replaces all of them. Throws STATE_WRITE_FAILED, or FAILED while a file stands there that must not be replaced. */
  save(tokens: readonly TokenRecord[]): Promise<void>
  /** `ptk_` and 32 random bytes as 43 characters of base64url. */
  newValue(): string
  hashOf(value: string): string
  /** In a time that does not tell where two hashes differ. */
  same(hash: string, other: string): boolean
  /**
   * The token that a run carries in its environment. Made from a secret of this home, the id and the run, so that nothing
   * of it is stored and the next daemon, which adopts the run, knows it.
   */
  ofRun(id: string, run: RunRef): string
}

/** `ptr_ID.MAC`: the id tells which run the rest is to be compared with. */
export const idInRunToken = (value: string): string | null => /^ptr_([\w-]{1,64})\.[\w-]{43}$/.exec(value)?.[1] ?? null
