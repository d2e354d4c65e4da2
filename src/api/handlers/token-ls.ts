import { tokenLs as operation } from '../../supervisor/operations/token-ls.ts'
import type { Handler } from '../daemon-context.ts'

export const tokenLs: Handler<'token.ls'> = ({ supervisor }) => operation(supervisor)
