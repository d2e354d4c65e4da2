/** What an administrator should hear once: a damaged state, removed results. Kept until `ptrack ls` has shown it. */
import { iso } from '../core/iso.ts'
import type { World } from '../core/world.ts'
import { limits } from '../protocol/limits.ts'
import type { Notice } from '../protocol/settings.ts'
import type { SettingsKeeper } from './settings-keeper.ts'

export class Notices {
  private readonly world: Pick<World, 'clock' | 'newId'>
  private readonly settings: SettingsKeeper

  constructor(world: Pick<World, 'clock' | 'newId'>, settings: SettingsKeeper) {
    this.world = world
    this.settings = settings
  }

  get unseen(): readonly Notice[] {
    return this.settings.now.notices
  }

  /** `text`: a sentence without a full stop, cut at limits.noticeChars. The same text again replaces the earlier notice. */
  add(text: string): void {
    const whole = text.replace(/\s+/g, ' ').trim()
    const cut = whole.length > limits.noticeChars ? `${whole.slice(0, limits.noticeChars - 1)}…` : whole
    const { clock, newId } = this.world
    const others = this.unseen.filter((notice) => notice.text !== cut)
    this.keep([...others, { id: newId(6), at: iso(clock.wall()), text: cut }].slice(-limits.notices))
  }

  /** Unknown ids are ignored. */
  seen(ids: readonly string[]): void {
    this.keep(this.unseen.filter(({ id }) => !ids.includes(id)))
  }

  private keep(notices: Notice[]): void {
    // The store reports a full disk and retries; a notice is not worth a second report.
    this.settings.change({ notices }).catch(() => undefined)
  }
}
