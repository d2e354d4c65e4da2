/** The interfaces of the World for tokens: storage, randomness and hashing. */
import type { Role } from '../protocol/names.ts'
import type { RunRef } from './state.ts'

export interface TokenRecord {
  name: string
  role: Role
  owner: string
  /** sha256 of the value, 64 hexadecimal digits. */
  hash: string
  createdAtMs: number
  /** User, and token if one was used, that created it. */
  createdBy: string
  /** Epoch ms; null = never. */
  expiresAtMs: number | null
}

export interface TokenStore {
  /** As stored when the daemon started. An unreadable file is set aside and reported in the notes; then there are none. */
  load(): Promise<{ tokens: TokenRecord[]; notes: string[] }>
  /** Replaces all. Throws STATE_WRITE_FAILED, or FAILED while a file must not be replaced. */
  save(tokens: readonly TokenRecord[]): Promise<void>
  /** `ptk_` and 32 random bytes as 43 characters of base64url. */
  newValue(): string
  hashOf(value: string): string
  /** In constant time. */
  same(hash: string, other: string): boolean
  /** The token in a run's environment, a keyed hash of id and run: nothing is stored, and the next daemon knows it. */
  ofRun(id: string, run: RunRef): string
}

/** `ptr_ID.MAC` */
export const idInRunToken = (value: string): string | null => /^ptr_([\w-]{1,64})\.[\w-]{43}$/.exec(value)?.[1] ?? null
