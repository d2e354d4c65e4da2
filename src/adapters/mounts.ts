/** The mounts that this process sees, from /proc/self/mountinfo. */
import { readFileSync } from 'node:fs'

export interface Mount {
  id: number
  parent: number
  path: string
  /** `nosuid`, `nodev` and the like of this mount, without `rw` and `ro`. */
  flags: string[]
  type: string
}

/** What a remount has to name again, or it would clear them. */
const LASTING = new Set(['nosuid', 'nodev', 'noexec', 'nosymfollow'])

export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)

/** Those that a path can lead to: none that lies below a later mount. */
export function visibleMounts(text: string = readFileSync('/proc/self/mountinfo', 'utf8')): Mount[] {
  const all = text.split('\n').filter(Boolean).map(parse)
  const byId = new Map(all.map((mount) => [mount.id, mount]))
  const isHidden = (mount: Mount): boolean => {
    const beside = all.filter(({ id, parent }) => parent === mount.parent && id !== mount.id)
    if (beside.some(({ path }) => path !== mount.path && isWithin(mount.path, path))) return true
    const parent = byId.get(mount.parent)
    // What covers its parent covers it too.
    return parent !== undefined && (beside.some(({ path }) => path === parent.path && path !== mount.path) || isHidden(parent))
  }
  return all.filter((mount) => !isHidden(mount))
}

function parse(line: string): Mount {
  const [own = '', type = ''] = line.split(' - ')
  const [id, parent, , , path = '/', flags = ''] = own.split(' ')
  return {
    id: Number(id),
    parent: Number(parent),
    path: path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    flags: flags.split(',').filter((flag) => LASTING.has(flag)),
    type: type.split(' ', 1)[0]!,
  }
}
