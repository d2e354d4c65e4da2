import { why as operation } from '../../supervisor/operations/why.ts'
import type { Handler } from '../daemon-context.ts'

export const why: Handler<'why'> = ({ supervisor }, params) => operation(supervisor, params)
