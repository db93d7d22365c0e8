// The smallest SDK: values, tasks, a runner, and an executor for the conformance suite. docs/contract/new_sdk.md walks through it.
// `node mini_sdk.mjs` answers the conformance harness; `node mini_sdk.mjs --once …` runs one attempt of a task.

import { readFileSync, writeFileSync, mkdirSync, renameSync, existsSync, writeSync } from "node:fs";
import { createHash } from "node:crypto";
import { join as path } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { configureTextEncoding, getTextEncoding } from "@bufbuild/protobuf/wire";
import * as pb from "./gen/godwitidl/core/v1/values_pb.js";
import { ExecutionErrorSchema } from "./gen/godwitidl/core/v1/errors_pb.js";
import { TaskSpecSchema } from "./gen/godwitidl/core/v1/task_pb.js";
import { Level, RequestSchema, ResponseSchema } from "./gen/godwitidl/conformance/v1/conformance_pb.js";
import { digest } from "../../node/literals.mjs";
import { castability } from "../../node/castability.mjs";
import { JsonNumber } from "../../node/json.mjs";
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
configureTextEncoding({ ...getTextEncoding(), decodeUtf8: (bytes) => strict.decode(bytes) });
class Refused extends Error {}
const refuse = (message) => { throw new Refused(message); };
const distinct = (names, what) => new Set(names).size === names.length || refuse(`${what} stands twice`);

// ---- types ----
const S = pb.SimpleType, MAX_DEPTH = 30, INLINE_LIMIT = 65536, TEXT_LIMIT = 16384;

/** Check that a type is one: docs/contract/values.md, "Types". */
function checkType(of, depth = 1) {
  if (of === undefined || depth > MAX_DEPTH) refuse(of ? "a type nested too deep" : "a type is missing");
  const { case: kind, value } = of.kind, inner = (part) => checkType(part, depth + 1);
  if (kind === undefined) refuse("a type of no known kind");
  if (kind === "simple") {
    if (!S[value] || value === S.UNSPECIFIED) refuse(`no simple type ${value}`);
    if (value === S.JSON && of.nullable) refuse("JSON has a null of its own");
  } else if (kind === "list") inner(value.item);
  else if (kind === "tuple") value.items.forEach(inner);
  else if (kind === "set") inner(value.item), isKey(value.item) || refuse("no element of a set");
  else if (kind === "map") inner(value.key), inner(value.value), isKey(value.key) || refuse("no key of a map");
  else if (kind === "enum") value.symbols.length || refuse("an enum without symbols"), distinct(value.symbols, "a symbol");
  else if (kind === "union") {
    if (value.members.length < 2) refuse("a union of fewer than two");
    distinct(value.members.map((member) => member.tag), "a tag");
    for (const { type } of value.members) inner(type), (type.nullable || type.kind.case === "union") && refuse("no member of a union");
  } else if (kind === "record") {
    distinct(value.fields.map((field) => field.name), "a field");
    for (const field of value.fields) inner(field.type), field.defaultValue && read(field.defaultValue, field.type);
  } else if (kind === "table") distinct(value.columns.map((column) => column.name), "a column"), value.columns.forEach((column) => inner(column.type));
  return of;
}

function isKey({ nullable, kind: { case: kind, value } }) {
  if (nullable || kind === "tuple") return !nullable && value.items.every(isKey);
  return kind === "enum" || (kind === "simple" && ![S.FLOAT, S.JSON, S.ERROR].includes(value));
}

// ---- values ----
// bool, string: themselves; INT: bigint; FLOAT: number; BYTES: Uint8Array; lists, tuples, sets: arrays; maps: arrays of pairs; records:
// objects; unions: {tag, value}; what JavaScript has nothing for (decimals, dates, files…): the message, frozen.

const SIMPLE = {
  [S.BOOL]: "boolValue", [S.INT]: "intValue", [S.FLOAT]: "floatValue", [S.DECIMAL]: "decimal", [S.STRING]: "stringValue", [S.BYTES]: "bytesValue",
  [S.DATE]: "date", [S.DATETIME]: "datetime", [S.DURATION]: "duration", [S.UUID]: "uuid", [S.JSON]: "json", [S.ERROR]: "error",
};
const casts = castability(JSON.parse(readFileSync(new URL("../../../idl/src/godwitidl/castability.json", import.meta.url), "utf8")));

/** A message as the code of digests takes it: protobuf's JSON, with numbers that keep the sign of zero. */
function tree(value) {
  if (typeof value === "number") return new JsonNumber(Object.is(value, -0) ? "-0.0" : String(value));
  if (Array.isArray(value)) return value.map(tree);
  return value && typeof value === "object" ? new Map(Object.entries(value).map(([key, part]) => [key, tree(part)])) : value;
}
const treeOf = (schema, message) => tree(toJson(schema, message));
const digestOf = (literal) => digest(treeOf(pb.LiteralSchema, literal));

/** Read a literal of a type as a value; *cast*: it was stored as a value of another type, which casts. */
function read(literal, of, cast = false, depth = 1) {
  if (depth > MAX_DEPTH) refuse("a value nested too deep");
  const { case: kind, value } = literal.kind, type = of.kind.value;
  const wrong = () => refuse(`expected ${of.kind.case}, came ${kind ?? "a literal of no known kind"}`);
  const inner = (part, partType) => (part === undefined ? wrong() : read(part, partType, cast, depth + 1));
  if (kind === "none") return of.nullable ? null : wrong();
  if (kind === "reference") return load(value, of, depth);
  switch (of.kind.case) {
    case "simple":
      if (cast && type === S.FLOAT && kind === "intValue") return BigInt(Number(value)) === value ? Number(value) : refuse(`${value} is no float`);
      return kind === SIMPLE[type] ? value : wrong();
    case "enum": return kind === "stringValue" && type.symbols.includes(value) ? value : wrong();
    case "list":
      if (kind === "ints" || kind === "floats") return value.items.map((item) => inner(packed(kind, item), type.item));
      return kind === "list" ? value.items.map((item) => inner(item, type.item)) : wrong();
    case "tuple": return kind === "list" && value.items.length === type.items.length ? value.items.map((item, i) => inner(item, type.items[i])) : wrong();
    case "set": return kind === "set" ? value.items.map((item) => inner(item, type.item)) : wrong();
    case "map": return kind === "map" ? value.entries.map((entry) => [inner(entry.key, type.key), inner(entry.value, type.value)]) : wrong();
    case "record": {
      const fields = kind === "record" ? new Map(value.fields.map((field) => [field.name, field.value])) : wrong();
      if (value.fields.length !== type.fields.length || fields.size !== type.fields.length) refuse("a record with other fields");
      return Object.fromEntries(type.fields.map((field) => [field.name, inner(fields.get(field.name), field.type)]));
    }
    case "union": {
      const member = kind === "union" ? type.members.find((one) => one.tag === value.tag) : wrong();
      return member ? { tag: value.tag, value: inner(value.value, member.type) } : refuse(`no tag ${value.tag}`);
    }
    default: // a file, directory or table
      if (kind !== of.kind.case || (type.format && value.format !== type.format)) wrong();
      for (const column of type.columns ?? []) value.columns.some((one) => one.name === column.name) || refuse(`no column ${column.name}`);
      return Object.freeze(value);
  }
}
const packed = (kind, item) => create(pb.LiteralSchema, { kind: { case: kind === "ints" ? "intValue" : "floatValue", value: item } });

/** Read what a reference to a file stands for. */
function load(reference, of, depth) {
  const stored = reference.type ?? of;
  if (casts(treeOf(pb.TypeSchema, stored), treeOf(pb.TypeSchema, of)) === "no") refuse("a reference to a value that does not cast");
  const bytes = readFileSync(fileURLToPath(reference.uri));
  if (BigInt(bytes.length) !== reference.sizeBytes) refuse("stored data of another size");
  let literal;
  if (reference.index === undefined) literal = fromBinary(pb.LiteralSchema, bytes);
  else {
    const footer = Number(reference.index.footerOffset), count = Number(reference.itemCount);
    if (footer + 8 * (count + 1) !== bytes.length) refuse("stored data without its footer");
    const at = (i) => Number(bytes.readBigUInt64BE(footer + 8 * i));
    const items = Array.from({ length: count }, (_, i) => fromBinary(pb.LiteralSchema, bytes.subarray(at(i), at(i + 1))));
    literal = create(pb.LiteralSchema, { kind: { case: "list", value: { items } } });
  }
  if (!digestOf(literal).equals(Buffer.from(reference.digest))) refuse("stored data of another value");
  return read(literal, of, true, depth);
}

/** Write a value as a literal of a type. */
function write(value, of) {
  const literal = (kind, content) => create(pb.LiteralSchema, { kind: { case: kind, value: content } });
  if (value === null || value === undefined) return literal("none", {});
  const type = of.kind.value, all = (item) => ({ items: value.map((one) => write(one, item)) });
  switch (of.kind.case) {
    case "simple": return literal(SIMPLE[type], value);
    case "enum": return literal("stringValue", value);
    case "list": return literal("list", all(type.item));
    case "set": return literal("set", all(type.item));
    case "tuple": return literal("list", { items: value.map((one, i) => write(one, type.items[i])) });
    case "map": return literal("map", { entries: value.map(([key, one]) => ({ key: write(key, type.key), value: write(one, type.value) })) });
    case "record": return literal("record", { fields: type.fields.map(({ name, type: field }) => ({ name, value: write(value[name], field) })) });
    case "union": return literal("union", { tag: value.tag, value: write(value.value, type.members.find((one) => one.tag === value.tag).type) });
    default: return literal(of.kind.case, value);
  }
}

/** Write a value as a literal that may travel: offloaded where it is above the inline limit. */
function writeInline(value, of, prefix) {
  const literal = write(value, of), bytes = toBinary(pb.LiteralSchema, literal);
  if (bytes.length <= INLINE_LIMIT) return literal;
  const uri = store(prefix, `value-${createHash("sha256").update(bytes).digest("hex")}.pb`, bytes);
  return create(pb.LiteralSchema, { kind: { case: "reference", value: { uri, sizeBytes: BigInt(bytes.length), digest: digestOf(literal), type: of } } });
}

function store(prefix, name, bytes) {
  const folder = fileURLToPath(prefix);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path(folder, name), bytes);
  return pathToFileURL(path(folder, name)).href;
}

/** Read a literal from outside. Its digest exists only where its parts are well formed: that checks dates, decimals and JSON. */
const readChecked = (literal, of) => digestOf(literal) && read(literal, of);

// ---- tasks ----
const type = (kind, value, nullable = false) => create(pb.TypeSchema, { kind: { case: kind, value }, nullable });
const int = type("simple", S.INT), float = type("simple", S.FLOAT), string = type("simple", S.STRING), bool = type("simple", S.BOOL);
const file = type("file", {}), point = type("record", { name: "Point", fields: [{ name: "y", type: int }, { name: "x", type: int }] });
const choice = type("union", { members: [{ tag: "int", type: int }, { tag: "string", type: string }] });
const strings = type("list", { item: string }), note = type("simple", S.STRING, true), echoed = { point, tags: strings, choice, note };
const RANKS = ["GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"];
const rankOf = (environment) => RANKS.map((name) => environment[name]).find((rank) => rank !== undefined);
class NotRetried extends Error {}

/** Tasks by name: inputs, outputs, and what each does with its inputs and its context; what it returns are its outputs by name. */
const TASKS = {
  add: [{ a: int, b: [int, 2n] }, { result: int }, ({ a, b }) => ({ result: a + b })],
  echo: [echoed, echoed, (inputs) => inputs],
  fail: [{ message: string }, { result: int }, ({ message }) => { throw new Error(message); }],
  fail_for_good: [{ message: string }, { result: int }, ({ message }) => { throw new NotRetried(message); }],
  crash: [{ status: int }, { result: int }, ({ status }) => process.exit(Number(status))],
  rank: [{}, { result: int }, () => ({ result: BigInt(rankOf(process.env) ?? 0) })],
  repeat: [{ text: string, times: int }, { result: string }, ({ text, times }) => ({ result: text.repeat(Number(times)) })],
  length: [{ text: string }, { result: int }, ({ text }) => ({ result: BigInt([...text].length) })],
  total: [{ numbers: type("list", { item: float }) }, { result: float }, ({ numbers }) => ({ result: numbers.reduce((sum, one) => sum + one, 0) })],
  nothing: [{ text: string }, {}, ({ text }) => { console.log(text); console.error(text); return {}; }],
  wait: [{}, { result: int }, async () => { console.log("waiting"); await new Promise((end) => setTimeout(end, 600_000)); }],
  read_file: [{ file }, { result: string }, (inputs) => ({ result: readFileSync(fileURLToPath(inputs.file.uri), "utf8") })],
  write_file: [{ text: string }, { result: file }, ({ text }, { prefix }) => {
    const bytes = Buffer.from(text), digest_ = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    return { result: { uri: store(prefix, "note.txt", bytes), name: "note.txt", sizeBytes: BigInt(bytes.length), digest: digest_ } };
  }],
  count: [{ fail: bool }, { result: int }, ({ fail }, { checkpoint }) => {
    const kept = path(checkpoint, "count"), count = existsSync(kept) ? Number(readFileSync(kept, "utf8")) + 1 : 1;
    writeFileSync(kept, String(count));
    if (fail) throw new Error(`failed at ${count}`);
    return { result: BigInt(count) };
  }],
};

function specOf(name) {
  const [inputs, outputs] = TASKS[name];
  const input = ([key, of]) => (Array.isArray(of) ? { name: key, type: of[0], defaultValue: write(of[1], of[0]) } : { name: key, type: of });
  const program = { command: ["node", fileURLToPath(import.meta.url)], arguments: [name] };
  const declared = { inputs: Object.entries(inputs).map(input), outputs: Object.entries(outputs).map(input) };
  return create(TaskSpecSchema, { id: { name: `mini.${name}` }, interface: declared, program });
}

// ---- the runner: docs/contract/runtime.md ----
async function runOnce(options) {
  const rank = rankOf(process.env), outputs = options["--outputs"];
  mkdirSync(outputs, { recursive: true });
  const [part, whole] = [(name) => path(outputs, `.${name}`), (name) => path(outputs, name)];
  const leave = (name, bytes) => { writeFileSync(part(name), bytes); renameSync(part(name), whole(name)); };
  try {
    const result = await attempt(options, options["--output-prefix"] ?? pathToFileURL(path(outputs, "data")).href);
    if (rank === undefined || rank === "0") leave("outputs.pb", toBinary(pb.NamedLiteralsSchema, result));
    return 0;
  } catch (error) {
    leave(rank ? `error-${rank}.pb` : "error.pb", toBinary(ExecutionErrorSchema, described(error, rank ?? "")));
    return 1;
  }
}

async function attempt(options, prefix) {
  const spec = fromBinary(TaskSpecSchema, readFileSync(path(options["--inputs"], "task.pb")));
  const work = TASKS[spec.program?.arguments[0]]?.[2];
  if (work === undefined) throw Object.assign(new Error(`there is no task ${spec.program?.arguments[0]}`), { code: "TASK_LOAD_FAILED" });
  const given = fromBinary(pb.NamedLiteralsSchema, readFileSync(path(options["--inputs"], "inputs.pb")));
  const literals = new Map(given.values.map((item) => [item.name, item.value]));
  const take = ({ name, type: of }) => [name, readChecked(literals.get(name) ?? refuse(`no input ${name}`), of)];
  const result = await work(Object.fromEntries(spec.interface.inputs.map(take)), { prefix, checkpoint: options["--checkpoint"] });
  const values = spec.interface.outputs.map(({ name, type: of }) => ({ name, value: writeInline(result[name], of, prefix) }));
  return create(pb.NamedLiteralsSchema, { values });
}
/** An exception as an error of the contract. */
function described(error, worker) {
  const cut = (text, limit) => (text.length <= limit ? text : `${text.slice(0, limit / 2)} … ${text.slice(-limit / 2)}`);
  const calls = String(error.stack).split("\n").map((line) => /^\s+at (?:async )?(\S+) \((.*):(\d+):\d+\)$/.exec(line)).filter(Boolean).slice(0, 20);
  const frames = calls.reverse().map(([, name, source, line]) => ({ function: name, file: source, line: Number(line) }));
  const code = error.code === "TASK_LOAD_FAILED" ? error.code : "USER_EXCEPTION", message = cut(error.message, TEXT_LIMIT / 8);
  return create(ExecutionErrorSchema, {
    code, worker, message: message ? `${error.constructor.name}: ${message}` : error.constructor.name, blame: 1, retry: error instanceof NotRetried ? 3 : 1,
    exceptions: [{ type: error.constructor.name, message, frames }],
  });
}

// ---- the executor: idl/proto/godwitidl/conformance/v1/conformance.proto ----
const ANSWERS = {
  hello: () => ["sdk", { name: "godwit-mini-sdk", version: "0.1.0", languages: [`javascript ${process.version}`], levels: [Level.WIRE, Level.RUNTIME] }],
  roundTripLiteral: ({ type: of, literal, outputPrefix }) => {
    const own = checkType(fromBinary(pb.TypeSchema, of));
    return ["literal", toBinary(pb.LiteralSchema, writeInline(readChecked(fromBinary(pb.LiteralSchema, literal), own), own, outputPrefix))];
  },
  roundTripType: ({ type: of }) => ["type", toBinary(pb.TypeSchema, checkType(fromBinary(pb.TypeSchema, of)))],
  describeTask: ({ name }) => name in TASKS
    ? ["task", { taskSpec: toBinary(TaskSpecSchema, specOf(name)), command: [process.execPath, fileURLToPath(import.meta.url)] }]
    : ["unsupported", { message: `There is no task ${name}.` }],
};

async function answerAll() {
  let pending = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = cut(pending); frame !== undefined; frame = cut(pending)) {
      pending = frame.rest;
      const request = fromBinary(RequestSchema, frame.payload), { case: kind, value } = request.kind;
      let answer;
      try {
        answer = ANSWERS[kind]?.(value) ?? ["unsupported", { message: `There is no answer to ${kind}.` }];
      } catch (error) {
        answer = ["refusal", { code: error instanceof Refused ? "REFUSED" : "UNREADABLE", message: `${error.message || error}` }];
      }
      send(toBinary(ResponseSchema, create(ResponseSchema, { id: request.id, kind: { case: answer[0], value: answer[1] } })));
    }
  }
}
/** The first frame of a stream and what follows it; nothing where it is not complete. */
function cut(bytes) {
  let length = 0, at = 0;
  do {
    if (at >= bytes.length) return undefined;
    length += (bytes[at] & 127) * 2 ** (7 * at);
  } while (bytes[at++] & 128);
  return at + length > bytes.length ? undefined : { payload: bytes.subarray(at, at + length), rest: bytes.subarray(at + length) };
}
function send(payload) {
  let length = payload.length, prefix = [];
  for (; length > 127; length = Math.floor(length / 128)) prefix.push((length % 128) | 128);
  const frame = Buffer.concat([Buffer.from([...prefix, length]), payload]);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

process.on("SIGTERM", () => process.exit(143));
const words = process.argv.slice(2);
const options = Object.fromEntries(words.map((word, i) => [word, words[i + 1]]).filter(([word]) => word.startsWith("--")));
if (words.length === 0) await answerAll();
else if (!options["--inputs"] || !options["--outputs"]) process.exit(2);
else process.exit(await runOnce(options));
