// Scheduled run: the same small benchmark by the clock, each turn compared with the one before it.
//   ptrack run -d --cron "*/10 * * * *" --type scheduled --name scheduled-run -- node examples/uses/scheduled-run.mjs
import { connect, track } from 'ptrack'
import { ask } from './model.mjs'

const questions = Array.from({ length: 6 }, (_, n) => `question ${n + 1}`)

await track({ name: 'scheduled-run', type: 'scheduled' }, async (task) => {
  const known = await task.ready
  let right = 0
  for (const [n, question] of questions.entries()) {
    await task.checkpoint()
    const answer = await ask('medium', question, { temperature: Math.random() })
    if (answer.right) right++
    task.update({ current: n + 1, total: questions.length, unit: 'questions' })
  }
  const accuracy = right / questions.length
  // Rows stay over the runs of one process: the last one is of the turn before.
  let before = null
  if (known) {
    const ptrack = await connect()
    for await (const { row } of ptrack.results(known.id, { follow: false })) before = row.accuracy
    ptrack.close()
  }
  await task.result({ turn: known?.run ?? 1, accuracy, change: before === null ? null : accuracy - before })
})
