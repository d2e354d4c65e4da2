import { noticesSeen as operation } from '../../supervisor/operations/notices-seen.ts'
import type { Handler } from '../daemon-context.ts'

export const noticesSeen: Handler<'notices.seen'> = ({ supervisor }, params) => operation(supervisor, params)
