// Figures in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Labels are
// words of ours, never IDs or names: how many there are does not depend on what clients send.

type Labels = Readonly<Record<string, string | number>>;

/** Upper ends in seconds. The promise for an acknowledgement is 50 ms, for an analysis 20 ms. */
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Something that is counted, by labels. */
class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels = {}, amount = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  lines(): string[] {
    const head = heading(this.#name, this.#help, "counter");
    return [...head, ...[...this.#values].map(([labels, value]) => `${this.#name}${labels} ${value}`)];
  }
}

interface Times {
  readonly counts: number[];
  sumS: number;
}

/** How long something takes, by labels. */
class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #times = new Map<string, { labels: Labels; times: Times }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(seconds: number, labels: Labels = {}): void {
    const key = labelText(labels);
    const known = this.#times.get(key);
    const { times } = known ?? { times: { counts: [...BUCKETS_S.map(() => 0), 0], sumS: 0 } };
    if (!known) this.#times.set(key, { labels, times });
    const bucket = BUCKETS_S.findIndex((end) => seconds <= end);
    const at = bucket === -1 ? BUCKETS_S.length : bucket;
    times.counts[at] = (times.counts[at] ?? 0) + 1;
    times.sumS += seconds;
  }

  lines(): string[] {
    const lines = heading(this.#name, this.#help, "histogram");
    for (const { labels, times } of this.#times.values()) {
      let count = 0;
      for (const [index, end] of [...BUCKETS_S, "+Inf"].entries()) {
        count += times.counts[index] ?? 0;
        lines.push(`${this.#name}_bucket${labelText({ ...labels, le: end })} ${count}`);
      }
      lines.push(`${this.#name}_sum${labelText(labels)} ${times.sumS}`);
      lines.push(`${this.#name}_count${labelText(labels)} ${count}`);
    }
    return lines;
  }
}

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** What the server counts and measures of itself. */
export class Metrics {
  readonly requests = new Counter("dfxterm_http_requests_total", "REST requests by endpoint and status.");
  readonly requestTimes = new Histogram(
    "dfxterm_http_request_seconds",
    "Time from the head of a request to its reply.",
  );
  readonly messages = new Counter("dfxterm_socket_messages_total", "WebSocket messages by action and status.");
  readonly refusals = new Counter("dfxterm_refusals_total", "Refused requests and messages by code.");
  readonly acknowledgements = new Histogram(
    "dfxterm_acknowledgement_seconds",
    "Time from a whole chunk to its acknowledgement, storing included.",
  );
  readonly chunkBytes = new Counter("dfxterm_chunk_bytes_total", "Bytes of stored payloads.");
  readonly measurements = new Counter("dfxterm_measurements_total", "Measurements that were created.");
  readonly results = new Counter("dfxterm_results_total", "Results by code.");
  readonly analysisTimes = new Histogram("dfxterm_analysis_seconds", "Time of an analysis, waiting apart.");
  readonly #gauges: Gauge[] = [
    { name: "process_resident_memory_bytes", help: "Memory of the process.", read: () => process.memoryUsage.rss() },
    { name: "process_cpu_seconds_total", help: "Time on cores, all threads.", read: cpuSeconds },
  ];

  /** Adds a figure that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.push({ name, help, read });
  }

  text(): string {
    const counted = [
      this.requests,
      this.requestTimes,
      this.messages,
      this.refusals,
      this.acknowledgements,
      this.chunkBytes,
      this.measurements,
      this.results,
      this.analysisTimes,
    ].flatMap((metric) => metric.lines());
    const read = this.#gauges.flatMap(({ name, help, read: value }) => [
      ...heading(name, help, "gauge"),
      `${name} ${value()}`,
    ]);
    return `${[...counted, ...read].join("\n")}\n`;
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function heading(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labelText(labels: Labels): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? "" : `{${entries.map(([name, value]) => `${name}="${value}"`).join(",")}}`;
}
