/** Facts, steps, and why it is in its state. */

import { givenMetadata } from '../../../protocol/file-key.ts'
import type { ProcessView, StepView } from '../../../protocol/view.ts'
import { statusWord } from '../../../words/states.ts'
import {
  durationWords,
  exitWords,
  failureWords,
  healthWords,
  percentWords,
  portWords,
  sizeWords,
  uptimeMs,
} from '../../../words/status.ts'
import { STEP_STATES } from '../../../words/steps.ts'
import { quoteCommand, sentence } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import { request, useApp } from '../../app-state.ts'
import { counted } from '../../page-words.ts'
import { useAsked } from '../../use-asked.ts'

export function Overview({ view }: { view: ProcessView }) {
  const { nowMs, known } = useApp()
  // Pushed views lack steps and descendants; an event about this process triggers a reload.
  const last = known.events.findLast(({ id }) => id === view.id)?.key ?? 0
  const shown = useAsked(`${view.id} ${view.run} ${view.status} ${last} ${known.link}`, () =>
    request('show', { targets: [view.id] }),
  )
  const why = useAsked(`${view.id} ${view.run} ${view.status} ${known.link}`, () => request('why', { targets: [view.id] }))
  const detail = shown.value?.[0]
  const facts: [string, string | null][] = [
    ['Number', String(view.number)],
    ['Command', quoteCommand(view.command)],
    ['Directory', view.cwd],
    ['Kind', view.type === view.kind ? view.kind : `${view.kind}, type ${view.type}`],
    ['Owner', view.owner],
    ['Tags', view.tags.join(', ') || null],
    ['Pid', view.pid === null ? null : String(view.pid)],
    ['Health', view.health === 'unknown' && !view.healthCheck ? null : healthWords(view, nowMs)],
    ['Ports', view.ports.map((port) => portWords(port, view.pid)).join(', ') || null],
    ['Up', durationWords(uptimeMs(view, nowMs))],
    ['Run', `${view.run}${view.restarts > 0 ? `, ${counted(view.restarts, 'restart')}` : ''}`],
    ['Last exit', exitWords(view)],
    ['CPU', view.cpuPercent === null ? null : percentWords(view.cpuPercent)],
    ['Memory', view.memoryBytes === null ? null : sizeWords(view.memoryBytes)],
    [
      'Disk',
      view.diskReadBytes === null ? null : `${sizeWords(view.diskReadBytes)} read, ${sizeWords(view.diskWriteBytes)} written`,
    ],
    ['Next run', view.nextRunAt === null ? null : timeWords(view.nextRunAt, nowMs)],
    ['Created', timeWords(view.createdAt, nowMs)],
  ]
  return (
    <div class="columns">
      <section aria-label="Facts">
        {view.reason !== null && <p class="because">{view.reason}</p>}
        {view.error !== null && !view.reason?.startsWith(view.error.message) && <p class="error">{view.error.message}</p>}
        <dl class="facts">
          {facts
            .filter(([, value]) => value !== null)
            .map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
        </dl>
        {Object.keys(givenMetadata(view.metadata)).length > 0 && (
          <>
            <h2>Metadata</h2>
            <pre>{JSON.stringify(givenMetadata(view.metadata), null, 2)}</pre>
          </>
        )}
        {detail && detail.descendants.length > 1 && (
          <>
            <h2>Processes of this run</h2>
            <ul class="tree">
              {detail.descendants.map((one) => (
                <li key={one.pid} title={one.command} style={{ paddingInlineStart: `${one.depth}em` }}>
                  <code>{one.pid}</code> <small>{sizeWords(one.memoryBytes)}</small> {one.command}
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section aria-label="Story">
        {detail && detail.steps.length > 0 && (
          <>
            <h2>Steps</h2>
            <Steps steps={detail.steps} />
          </>
        )}
        <h2>Why</h2>
        {why.error !== null && <p class="error">{why.error.message}</p>}
        <ol class="timeline">
          {why.value?.[0]?.timeline
            .slice(-20)
            .reverse()
            .map((entry) => (
              <li key={`${entry.at} ${entry.status} ${entry.run}`}>
                <time dateTime={entry.at}>{timeWords(entry.at, nowMs)}</time>{' '}
                <strong>{sentence(statusWord(entry.status))}</strong> <small>run {entry.run}</small> {entry.reason}
              </li>
            ))}
        </ol>
        {why.value?.[0]?.failures.toReversed().map((failure) => (
          <details key={failure.run}>
            <summary>
              Run {failure.run} {failureWords(failure)}: {failure.reason}
            </summary>
            <pre>{failure.lines.join('\n') || 'nothing on stderr'}</pre>
          </details>
        ))}
      </section>
    </div>
  )
}

function Steps({ steps }: { steps: readonly StepView[] }) {
  return (
    <ul class="steps">
      {steps.map((step) => (
        <li key={step.id}>
          <span class={`status ${STEP_STATES[step.status].hue}`}>
            <span aria-hidden="true">{STEP_STATES[step.status].mark}</span> {step.status}
          </span>{' '}
          {step.name} {step.percent !== null && step.status === 'running' && <small>{Math.round(step.percent)}%</small>}{' '}
          <small>{durationWords(step.elapsedMs)}</small> {step.message}
          {step.error !== null && <p class="error">{step.error}</p>}
          {step.steps.length > 0 && <Steps steps={step.steps} />}
        </li>
      ))}
    </ul>
  )
}
