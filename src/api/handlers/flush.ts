import { flush as operation } from '../../supervisor/operations/flush.ts'
import type { Handler } from '../daemon-context.ts'

export const flush: Handler<'flush'> = ({ supervisor }, params) => operation(supervisor, params)
