import type { Role } from '../../protocol/names.ts'

/** Whose request it is; the far node decides what that means there. */
export interface Asker {
  user: string
  role: Role
}
