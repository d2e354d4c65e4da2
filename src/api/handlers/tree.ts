import { tree as operation } from '../../supervisor/operations/tree.ts'
import type { Handler } from '../daemon-context.ts'

export const tree: Handler<'tree'> = ({ supervisor }, params) => operation(supervisor, params)
