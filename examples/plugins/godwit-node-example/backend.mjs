// A backend of Godwit in Node: it runs the program of each task on this host, as `node backend.mjs --listen unix:PATH`.
//
// The protocol is told in godwitidl/plugin/v1/backend.proto; the names of calls and fields here are those of that file.

import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { Job } from "./jobs.mjs";
import { Contract, listen } from "./service.mjs";

const VERSION = 1;
const HEARTBEAT_MS = 5000;
const MOST_EVENTS = 10_000; // kept for who loses the connection
const [BLAME_USER, BLAME_INFRASTRUCTURE, RETRY_ALLOWED, RETRY_FORBIDDEN] = [
  "BLAME_USER", "BLAME_INFRASTRUCTURE", "RETRY_ALLOWED", "RETRY_FORBIDDEN",
];

const { values: options } = parseArgs({
  options: {
    listen: { type: "string" },
    home: { type: "string", default: "jobs" },
    places: { type: "string", default: "2" },
    python: { type: "string", default: "python3" },
    descriptor: {
      type: "string",
      default: new URL("../../../idl/src/godwitidl/descriptor.binpb", import.meta.url).pathname,
    },
  },
});
const contract = new Contract(options.descriptor);
const instance = randomUUID();

/** What is known of the attempts of one home, and what was told of them. */
class Scope {
  constructor(name) {
    this.name = name;
    this.jobs = new Map(); // by id, those that have not ended
    this.events = []; // [{position, event}], the newest MOST_EVENTS
    this.position = 0;
    this.watchers = new Set();
  }

  capacity() {
    return { places: Number(options.places) };
  }

  job(id) {
    return this.jobs.get(id) ?? new Job(options.home, this.name, id);
  }

  tell(event) {
    this.position += 1;
    this.events.push({ position: this.position, event });
    if (this.events.length > MOST_EVENTS) this.events.shift();
    for (const call of this.watchers) call.write({ position: this.position, events: [event] });
  }

  /** Tell of a job what there is to tell, from the start, and how it ends. */
  follow(job) {
    this.tell({ id: job.id, started: { worker: `node:${process.pid}` } });
    this.tell({ id: job.id, log_started: {} });
    if (this.jobs.has(job.id)) return;
    this.jobs.set(job.id, job);
    job.watch((ended) => {
      this.jobs.delete(ended.id);
      this.tell(endOf(ended));
    });
  }
}

const scopes = new Map();

function scopeOf(name) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw new Error("The scope is missing, or has other characters.");
  if (!scopes.has(name)) scopes.set(name, new Scope(name));
  return scopes.get(name);
}

function endOf(job) {
  const log_bytes = job.logBytes();
  const finished = (end) => ({ id: job.id, finished: { log_bytes, ...end } });
  const [outputs, error, code] = [job.output("outputs.pb"), job.output("error.pb"), job.exitCode()];
  if (job.isCancelled && !outputs) {
    return finished({ error: errorOf("CANCELLED", "The attempt was cancelled.", BLAME_USER, RETRY_FORBIDDEN) });
  }
  if (error) return finished({ error: contract.decode("godwitidl.core.v1.ExecutionError", error).toJSON() });
  if (outputs && code === 0) return finished({ outputs });
  if (code === null) {
    const gone = errorOf("JOB_LOST", "The program is gone, and left no outcome.", BLAME_INFRASTRUCTURE);
    return { id: job.id, lost: { log_bytes, error: gone } };
  }
  return finished({ error: errorOf("PROGRAM_FAILED", `The program ended with exit status ${code}.`) });
}

function errorOf(code, message, blame = BLAME_USER, retry = RETRY_ALLOWED) {
  return { code, message, blame, retry };
}

const calls = {
  Handshake: ({ scope }) => ({
    oldest_version: VERSION,
    newest_version: VERSION,
    backend: "node",
    software: `godwit-node-example 0.1.0, node ${process.version}`,
    instance,
    runs_programs: true,
    outlives_engine: true,
    outlives_server: true,
    capacity: scope ? scopeOf(scope).capacity() : null,
  }),

  Check: ({ task }) => ({ problems: task.command.length ? [] : ["It has no program that this host could run."] }),

  Submit(request) {
    const scope = scopeOf(request.scope);
    const answers = request.attempts.map((attempt) => {
      const job = scope.job(attempt.id);
      if (!job.exists()) job.start(attempt, request.tasks[attempt.task], options.python);
      scope.follow(job);
      return { id: attempt.id, handle: Buffer.alloc(0) };
    });
    return { answers };
  },

  Attach(request) {
    const scope = scopeOf(request.scope);
    for (const { attempt } of request.attempts) {
      const job = scope.job(attempt.id);
      if (job.exists()) {
        scope.follow(job);
      } else {
        const error = errorOf("JOB_LOST", "The attempt never came here.", BLAME_INFRASTRUCTURE);
        scope.tell({ id: attempt.id, lost: { error } });
      }
    }
  },

  Cancel(request) {
    const scope = scopeOf(request.scope);
    for (const id of request.ids) scope.jobs.get(id)?.cancel();
  },

  WatchEvents(call) {
    const scope = scopeOf(call.request.scope);
    const [seen, oldest] = [Number(call.request.position), scope.position - scope.events.length];
    const resumed = call.request.instance === instance && seen >= oldest && seen <= scope.position;
    call.write({ position: resumed ? seen : scope.position, resumed, capacity: scope.capacity() });
    if (resumed) {
      for (const { position, event } of scope.events) if (position > seen) call.write({ position, events: [event] });
    }
    scope.watchers.add(call);
    const heart = setInterval(() => call.write({ position: scope.position }), HEARTBEAT_MS);
    for (const end of ["cancelled", "error", "close"]) {
      call.on(end, () => {
        scope.watchers.delete(call);
        clearInterval(heart);
      });
    }
  },

  ReadLog({ scope, id, offset, limit }) {
    return { data: scopeOf(scope).job(id).readLog(Number(offset), Math.min(Number(limit), 1 << 20)) };
  },
};

const { server, address } = await listen(contract, calls, options.listen ?? "127.0.0.1:0");
console.log(JSON.stringify({ event: "ready", backend: "node", address, process: process.pid }));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const scope of scopes.values()) for (const job of scope.jobs.values()) job.leave();
    server.forceShutdown();
  });
}
