/** docs/metrics.md: its commands run, and what it says of Prometheus is YAML; its table is compared in test/api/metrics.test.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'

testDocument('docs/metrics.md')

test('the job for Prometheus is YAML, with the address of the daemon', () => {
  const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
  const { scrape_configs: jobs } = parse(/^```yaml\n([\s\S]*?)^```$/m.exec(page)![1]!)
  expect(jobs).toMatchObject([{ job_name: 'ptrack', static_configs: [{ targets: ['127.0.0.1:7077'] }] }])
})
