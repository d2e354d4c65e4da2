/** Codes that open the web page: each once, within a minute; a browser gets an ordinary token for one. */
import type { Peer } from '../core/rights.ts'
import type { Clock } from '../core/world.ts'
import type { TokenStore } from '../core/world-tokens.ts'
import type { Role } from '../protocol/names.ts'
import type { TokenKeeper } from './token-keeper.ts'

const CODE_MS = 60_000
/** The oldest is dropped: asking for a new one means the others were lost. */
const MOST_CODES = 100
/** Life of a browser's token, ms: after a month without a visit the page asks for a new code. */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1000
const PREFIX = 'web-'

interface Code {
  role: Role
  owner: string
  by: Peer
  expiresMono: number
}

export class WebLogins {
  private readonly tokens: TokenKeeper
  private readonly store: Pick<TokenStore, 'newValue' | 'hashOf'>
  private readonly clock: Clock
  private readonly newId: (length: number) => string
  /** By hash, so that the time of a look-up reveals nothing about a code. */
  private readonly codes = new Map<string, Code>()

  constructor(options: {
    tokens: TokenKeeper
    store: Pick<TokenStore, 'newValue' | 'hashOf'>
    clock: Clock
    newId: (length: number) => string
  }) {
    this.tokens = options.tokens
    this.store = options.store
    this.clock = options.clock
    this.newId = options.newId
  }

  issue(role: Role, owner: string, by: Peer): { code: string; expiresAtMs: number } {
    const code = this.store.newValue()
    this.forgetOld()
    const oldest = this.codes.keys().next()
    if (this.codes.size >= MOST_CODES && !oldest.done) this.codes.delete(oldest.value)
    this.codes.set(this.store.hashOf(code), { role, owner, by, expiresMono: this.clock.mono() + CODE_MS })
    return { code, expiresAtMs: this.clock.wall() + CODE_MS }
  }

  /** null for a code that is unknown, used or older than a minute. Throws what TokenKeeper.create throws. */
  async redeem(code: string): Promise<{ value: string; peer: Peer } | null> {
    this.forgetOld()
    const hash = this.store.hashOf(code)
    const known = this.codes.get(hash)
    if (known === undefined) return null
    // Before any await: of two simultaneous requests one gets it.
    this.codes.delete(hash)
    this.tokens.forgetExpired(PREFIX)
    const { role, owner, by } = known
    const params = { name: `${PREFIX}${this.newId(8)}`, role, owner, expiresMs: SESSION_MS }
    const { value, token } = await this.tokens.create(params, by)
    return { value, peer: { user: owner, role, token: token.name, process: null, expiresAtMs: token.expiresAtMs } }
  }

  /** Revokes a token that `redeem` made; one that somebody pasted remains valid elsewhere. */
  async leave({ token }: Peer): Promise<void> {
    if (token?.startsWith(PREFIX)) await this.tokens.revoke(token)
  }

  private forgetOld(): void {
    const nowMono = this.clock.mono()
    for (const [hash, { expiresMono }] of this.codes) if (nowMono >= expiresMono) this.codes.delete(hash)
  }
}
