/** The terminal view, in a bundle of its own (dist/ptrack-tui.cjs): only who opens it pays for it. */
import { View, type ViewOptions } from './tui/view.ts'

export const view = (options: ViewOptions): Promise<number> => new View(options).run()
