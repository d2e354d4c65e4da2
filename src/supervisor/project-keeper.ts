/** Which directory each project has: saved with the settings, so that its name means the same to every command there. */
import { dirname } from 'node:path'
import type { World } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { projectOf } from '../protocol/project.ts'
import type { Registry } from './registry.ts'
import type { SettingsKeeper } from './settings-keeper.ts'

export class ProjectKeeper {
  private readonly world: Pick<World, 'isDirectory'>
  private readonly settings: SettingsKeeper
  private readonly registry: Registry
  /** Made anew with each change: by directory, the newest project of it. */
  private byDirectory: { of: Readonly<Record<string, string>>; names: Map<string, string> } | null = null

  constructor(world: Pick<World, 'isDirectory'>, settings: SettingsKeeper, registry: Registry) {
    this.world = world
    this.settings = settings
    this.registry = registry
  }

  /** Directories by name, oldest first. */
  get all(): Readonly<Record<string, string>> {
    return this.settings.now.projects ?? {}
  }

  /** The project of this directory, or of the nearest one above it; null = none. */
  at(directory: string): string | null {
    const { all } = this
    if (this.byDirectory?.of !== all)
      this.byDirectory = { of: all, names: new Map(Object.entries(all).map(([name, at]) => [at, name])) }
    const { names } = this.byDirectory
    if (names.size === 0) return null
    for (let each = directory; ; each = dirname(each)) {
      const name = names.get(each)
      if (name !== undefined) return name
      if (each === dirname(each)) return null
    }
  }

  /** Saved with the next write. Throws DUPLICATE_NAME when another directory that still exists has this name. */
  register(name: string, directory: string): void {
    const { [name]: known, ...others } = this.all
    if (known === directory) return
    if (known !== undefined && this.world.isDirectory(known))
      throw new PtrackError('DUPLICATE_NAME', `cannot use the project ${name} for ${directory}: it is that of ${known}`, {
        hint: '--project gives this one another name',
        details: { project: name, directory: known },
      })
    this.settings.note({ projects: { ...this.withoutGone(others), [name]: directory } })
  }

  /** Those to which neither a process nor a directory belongs any more are forgotten when another comes. */
  private withoutGone(projects: Readonly<Record<string, string>>): Record<string, string> {
    const used = this.used()
    const kept = Object.entries(projects).filter(([name, at]) => used.has(name) || this.world.isDirectory(at))
    if (kept.length >= limits.projects)
      throw new PtrackError('FAILED', `cannot add another project: there are ${limits.projects} already`, {
        hint: '`ptrack projects` lists them; `ptrack delete PROJECT/` and removing its directory makes room',
      })
    return Object.fromEntries(kept)
  }

  private used(): Set<string | null> {
    return new Set([...this.registry.all()].map(({ record }) => projectOf(record.definition.name)))
  }
}
