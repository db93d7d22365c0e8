// Jobs: programs of this host that keep the file contract, go on without this server, and are found again by their ids.

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOOK_MS = 100;
const GRACE_MS = Number(process.env.GRACE_MS ?? 2000);

// The shell that a job runs under writes down who it is, before the job begins, and how the job ended, after.
const SHELL = 'echo $$ >"$0/id.new" && mv "$0/id.new" "$0/id"; "$@" >"$0/log" 2>&1; echo $? >"$0/code.new"; mv "$0/code.new" "$0/code"';

/** One attempt's job, in a folder that is named by the attempt's id. */
export class Job {
  constructor(home, scope, id) {
    this.id = id;
    this.folder = join(home, scope, createHash("sha256").update(id).digest("hex").slice(0, 32));
    this.isCancelled = false;
  }

  exists() {
    return existsSync(this.folder);
  }

  /** Start it, once: the folder can be made only once. */
  start(attempt, task, python) {
    const [inputs, outputs] = [join(this.folder, "inputs"), join(this.folder, "outputs")];
    mkdirSync(join(this.folder, ".."), { recursive: true });
    mkdirSync(this.folder);
    mkdirSync(inputs);
    mkdirSync(outputs);
    writeFileSync(join(inputs, "task.pb"), Buffer.from(task.spec));
    writeFileSync(join(inputs, "inputs.pb"), Buffer.from(attempt.inputs)); // nothing is an empty array
    const command = task.command.map((part) => part.replaceAll("{python}", python));
    command.push("--once", `--inputs=${inputs}`, `--outputs=${outputs}`);
    command.push(`--output-prefix=${attempt.output_prefix}`, `--source-root=${task.source_root}`);
    command.push(`--attempt=${attempt.number}`, `--attempt-id=${attempt.id}`);
    command.push(`--execution=${attempt.execution}`, `--node-path=${attempt.node_path}`);
    // A session of its own, and none of this server's streams: it outlives the server.
    spawn("/bin/sh", ["-c", SHELL, this.folder, ...command], { detached: true, stdio: "ignore" }).unref();
  }

  /** Call `ended(this)` when it has ended; at once, if it has already. */
  watch(ended) {
    const begun = Date.now();
    this.checked = false;
    const look = () => {
      const isSlow = this.process() === null && Date.now() - begun < 20_000; // its shell is on its way
      if (!this.hasEnded() && (isSlow || this.isAlive())) return;
      clearInterval(this.timer);
      ended(this);
    };
    this.timer = setInterval(look, LOOK_MS);
    setImmediate(look);
  }

  leave() {
    clearInterval(this.timer);
  }

  /** SIGTERM to all that it started, then SIGKILL. */
  cancel() {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.signal("SIGTERM");
    setTimeout(() => this.signal("SIGKILL"), GRACE_MS).unref();
  }

  signal(name) {
    try {
      if (this.isAlive()) process.kill(-this.process(), name);
    } catch {
      // it is gone
    }
  }

  process() {
    return this.read("id") === null ? null : Number(this.read("id"));
  }

  exitCode() {
    return this.read("code") === null ? null : Number(this.read("code"));
  }

  hasEnded() {
    return this.exitCode() !== null;
  }

  isAlive() {
    const leader = this.process();
    if (leader === null) return false;
    try {
      process.kill(-leader, 0);
      // Another program may have got the number since: look once at what it is.
      this.checked ||= execFileSync("ps", ["-ww", "-o", "args=", "-p", String(leader)]).includes(this.folder);
      return this.checked;
    } catch {
      return false;
    }
  }

  output(name) {
    const path = join(this.folder, "outputs", name);
    return existsSync(path) ? readFileSync(path) : null;
  }

  logBytes() {
    const path = join(this.folder, "log");
    return existsSync(path) ? statSync(path).size : 0;
  }

  readLog(offset, limit) {
    if (!this.logBytes()) return Buffer.alloc(0);
    const file = openSync(join(this.folder, "log"), "r");
    try {
      const data = Buffer.alloc(limit);
      return data.subarray(0, readSync(file, data, 0, limit, offset));
    } finally {
      closeSync(file);
    }
  }

  read(name) {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, "utf8").trim() : null;
  }
}
