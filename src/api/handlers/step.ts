import { step as operation } from '../../supervisor/operations/step.ts'
import type { Handler } from '../daemon-context.ts'

export const step: Handler<'step'> = ({ supervisor }, params) => operation(supervisor, params)
