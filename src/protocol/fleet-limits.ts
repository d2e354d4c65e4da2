/** Limits of a fleet, apart from the others (limits.ts), which every command loads. */
export const fleetLimits = {
  /** Of one address of a bus, user and password included. */
  busAddressChars: 512,
  /** What `fleet invite` gives has about 1,500. */
  tokenChars: 8192,
  /** Of one node. */
  tags: 16,
  /** Nodes that one node remembers; the longest silent ones make room. */
  nodes: 2000,
  /** How long a node may take until its rows are in a list of the fleet, and until it accepts a connection. */
  answerMs: 2000,
  /** Of this node's events that are not on the bus yet, on disk: about 150,000; the oldest make room. */
  outboxBytes: 32 * 1024 * 1024,
  /** The longest that a request waits for the next event of the fleet. */
  eventsWaitMs: 20_000,
  /** Requests of other nodes for events that the keeper of the stream answers at once. */
  readers: 200,
  /** What the stream of events keeps. */
  eventsKeptMs: 7 * 86_400_000,
  eventsKeptBytes: 1_000_000_000,
  /** Jobs of the fleet that wait or run. */
  jobs: 10_000,
  /** Ended ones that are remembered; the oldest make room. */
  jobsKept: 1000,
  /** Of one job, as JSON: its command and its variables. */
  jobBytes: 256 * 1024,
  /** Bytes of a connection to another node that its reader has not taken: a slow one holds no more than this. */
  tunnelWindowBytes: 256 * 1024,
  /** Connections to other nodes at once, and as many from them. */
  tunnels: 500,
} as const
