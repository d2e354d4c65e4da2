/** Every limit, with its unit in the name and its reason beside it. */
export const limits = {
  /** One frame in either direction. Larger bodies are a mistake or an attack; logs are paged below it. */
  frameBytes: 1024 * 1024,
  /** Unsent bytes per client, about a minute of a busy daemon. Beyond it events are dropped for a snapshot. */
  clientBufferBytes: 4 * 1024 * 1024,
  /** Events kept for replay to a reconnecting client; for older ones it gets a fresh snapshot. */
  eventRing: 10_000,
  /** Of these, about this many characters: ten thousand long messages would be as large as the daemon itself. */
  eventRingChars: 8 * 1024 * 1024,
  /** Between two heartbeats on a connection that subscribed. */
  heartbeatMs: 30_000,
  /** One log line sent to a client; longer lines are cut, with a note. The file keeps everything. */
  logLineBytes: 64 * 1024,
  logPageLines: 5_000,
  /** Bytes in one reply of `logs.bytes`; as base64 they are a third more, and have to fit into a frame. */
  logBytes: 512 * 1024,
  /** Longest wait of one `logs.bytes`; a client asks again. */
  logBytesWaitMs: 30_000,
  /** Parts of one reply of `logs.counts`: a day of minutes. */
  logCountBuckets: 1500,
  /** Lines that one `logs.counts` goes through: some 300 ms. */
  countedLines: 200_000,
  helloMs: 10_000,
  /** Characters typed by one `send`: as much as a FIFO takes at once, as base64. */
  sendChars: 88 * 1024,
  instances: 10_000,
  /** Directories that have been a project; those that are gone make room. */
  projects: 1000,
  /** Transitions kept per process for `why`. */
  timeline: 20,
  /** Ended runs kept per process in the state. */
  runs: 20,
  waitMs: 24 * 60 * 60 * 1000,
  /** How long what a session started may stay after it. */
  sessionLingerMs: 24 * 60 * 60 * 1000,
  /** Longest wait of one `results` or `checkpoint`; a client asks again. */
  longPollMs: 30_000,
  /** One row of results as JSON; the page of a reply has to fit into a frame. */
  resultBytes: 256 * 1024,
  /** Rows in one reply of `results`, cut earlier by the frame. */
  resultPageRows: 1000,
  /** A `result` event includes a row up to this size, so that large ones do not push others out of the ring. */
  resultEventBytes: 2048,
  historyPageRows: 1000,
  /** Runs of a process in one reply of `runs`, as many as a strip in a list draws; and processes in one. */
  runBars: 30,
  runBarProcesses: 500,
  /** Points of one reply of `counts`: more than a chart has pixels for. */
  countBuckets: 500,
  /** Rows of history that one `counts` goes through: some 100 ms. */
  countedRuns: 100_000,
  /** Ended runs in one reply of `timeline`: some 500 KB. */
  timelineRuns: 2000,
  /** Lines of stderr of a failed run, in a view. */
  failureLines: 4,
  /** Groups in one reply of `results.groups`: more than a table or a chart shows. */
  resultGroups: 1000,
  /** Processes in one reply of `news.list`: more than anybody reads. */
  newsEntries: 200,
  /** Rows of history that one `news.list` goes through, as a page asks every few seconds: some 10 ms. */
  newsRuns: 10_000,
  /** Users whose last look at the news is kept. */
  newsReaders: 200,
  /** Entries in one reply of `audit`. */
  auditEntries: 1000,
  /** What somebody did, in one reply of `why`. */
  actions: 20,
  /** Results of a health check kept in memory, for as long as its run lives. */
  checkResults: 60,
  /** Values in one reply of `metrics.history`: a day of 170 processes; some 700 KB. */
  metricValues: 100_000,
  /** Waits, pauses and times of bad health in a row of history. */
  spans: 20,
  /** Keys of rows remembered per run: many times what all its programs may have unanswered. */
  resultKeys: 1000,
  /** Items listed in a reply of `gc`; the sums are of all. */
  garbageItems: 1000,
  /** Steps of one run, and how deep they nest. */
  steps: 1000,
  stepDepth: 8,
  /** Metadata of one process as JSON, reported metadata included. */
  metadataBytes: 64 * 1024,
  trackLineBytes: 256 * 1024,
  /** Notices that `ls` has not shown yet; the oldest are dropped. More than a screenful helps no reader. */
  notices: 20,
  /** Characters of one notice, a few lines of a terminal. */
  noticeChars: 1000,
  /** Bytes of one captured environment; Linux itself refuses more than 2 MiB for arguments and environment. */
  envBytes: 512 * 1024,
} as const
