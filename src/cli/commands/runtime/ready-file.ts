/** `ready` in the home: there while every service with a check is healthy, for `test -f`, which starts no Node. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class ReadyFile {
  private readonly path: string
  private there = false

  constructor(home: string) {
    this.path = join(home, 'ready')
    // Left by a container that was killed.
    this.remove()
  }

  set(ready: boolean): void {
    if (ready === this.there) return
    if (!ready) return this.remove()
    writeFileSync(this.path, `${new Date().toISOString()}\n`, { mode: 0o644 })
    this.there = true
  }

  private remove(): void {
    rmSync(this.path, { force: true })
    this.there = false
  }
}
