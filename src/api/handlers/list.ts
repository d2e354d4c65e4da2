import { list as operation } from '../../supervisor/operations/list.ts'
import type { Handler } from '../daemon-context.ts'

export const list: Handler<'list'> = ({ supervisor }, params) => operation(supervisor, params)
