import { env as operation } from '../../supervisor/operations/env.ts'
import type { Handler } from '../daemon-context.ts'

export const env: Handler<'env'> = ({ supervisor }, params) => operation(supervisor, params)
