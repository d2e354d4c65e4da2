/** Views of many places call each process by its full name, as events do. */
import type { ProcessView } from '../protocol/view.ts'

export const withFullName = (view: ProcessView): ProcessView => (view.project === null ? view : { ...view, name: view.fullName })
