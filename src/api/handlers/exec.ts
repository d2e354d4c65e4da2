import { exec as operation } from '../../supervisor/operations/exec.ts'
import type { Handler } from '../daemon-context.ts'

export const exec: Handler<'exec'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
