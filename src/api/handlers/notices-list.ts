import { noticesList as operation } from '../../supervisor/operations/notices-list.ts'
import type { Handler } from '../daemon-context.ts'

export const noticesList: Handler<'notices.list'> = ({ supervisor }) => operation(supervisor)
