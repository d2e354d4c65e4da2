import { show as operation } from '../../supervisor/operations/show.ts'
import type { Handler } from '../daemon-context.ts'

export const show: Handler<'show'> = ({ supervisor }, params) => operation(supervisor, params)
