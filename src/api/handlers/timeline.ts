import { timeline as operation } from '../../supervisor/operations/timeline.ts'
import type { Handler } from '../daemon-context.ts'

export const timeline: Handler<'timeline'> = ({ supervisor }, params) => operation(supervisor, params)
