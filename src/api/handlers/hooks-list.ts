import { hooksList as operation } from '../../supervisor/operations/hooks-list.ts'
import type { Handler } from '../daemon-context.ts'

export const hooksList: Handler<'hooks.list'> = ({ supervisor }) => operation(supervisor)
