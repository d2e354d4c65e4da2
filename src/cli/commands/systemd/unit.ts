/** Which unit it is about: its home, its text, and what stands where it belongs. */
import { PtrackError } from '../../../protocol/errors.ts'
import { quoteCommand } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { chooseHome, type Home, lookAt, MACHINE_HOME, refuseUnprintable } from './home.ts'
import { programOf } from './program.ts'
import { unitIfOurs, unitPath } from './unit-file.ts'
import { INSTALL, type Scope, UNINSTALL } from './unit-of-daemon.ts'
import { homeOfUnit, unitText } from './unit-text.ts'

export interface Unit {
  path: string
  home: Home
  text: string
  /** null when there is none yet. */
  before: string | null
}

/** Refuses what would leave processes behind. `before`: the text of the unit that is there. */
export function unitFor(context: Context, scope: Scope, before: string | null): Unit {
  const path = unitPath(scope, context.io.env)
  const served = before === null ? null : (homeOfUnit(before) ?? (scope === 'system' ? MACHINE_HOME : context.home))
  const install = ({ path: home }: Home): string => {
    const words = `${INSTALL[scope]} --home ${quoteCommand([home])}`
    const leaves = served !== null && served !== home && lookAt(served).hasProcesses
    return leaves ? `${UNINSTALL[scope]} && ${words}` : words
  }
  const home = lookAt(choose(context, scope, served, install))
  refuseUnprintable(home.path)
  return { path, home, before, text: unitText({ scope, ...programOf(context), home: home.path }) }
}

function choose(context: Context, scope: Scope, served: string | null, install: (home: Home) => string): string {
  if (!context.homeIsChosen) {
    const paths = [...(served === null ? [] : [served]), context.home, ...(scope === 'system' ? [MACHINE_HOME] : [])]
    return chooseHome([...new Set(paths)].map(lookAt), install)
  }
  const now = served === null || served === context.home ? null : lookAt(served)
  if (now === null || !now.hasProcesses) return context.home
  const chosen = lookAt(context.home)
  throw new PtrackError('UNSAFE', `cannot give the unit the home ${chosen.path}: it serves ${now.path}, which has processes`, {
    hint: `\`${install(now)}\` keeps that, \`${install(chosen)}\` leaves them without a unit`,
  })
}

/** Throws UNSAFE: two units of one home would end each other's daemon. */
export function refuseSecondUnit(context: Context, scope: Scope, home: string): void {
  const other: Scope = scope === 'system' ? 'user' : 'system'
  const path = unitPath(other, context.io.env)
  const text = unitIfOurs(path)
  if (text === null || (homeOfUnit(text) ?? MACHINE_HOME) !== home) return
  throw new PtrackError('UNSAFE', `cannot install a second unit for ${home}: ${path} serves it`, {
    hint: `\`${UNINSTALL[other]}\` makes room, and its processes live on`,
  })
}
