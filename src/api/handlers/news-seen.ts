import { newsSeen as operation } from '../../supervisor/operations/news-seen.ts'
import type { Handler } from '../daemon-context.ts'

export const newsSeen: Handler<'news.seen'> = ({ supervisor }, params, { peer }) => operation(supervisor, params, peer)
