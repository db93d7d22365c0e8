// Encodings, tokens and digests of literals, by docs/contract/digest.md.
import {
  ascii, binary64, counted, demand, digestOf, i64, join, raw, sha256, sorted, sortedByKey, text, u8,
} from "./bytes.mjs";
import * as messages from "./messages.mjs";
import * as scalars from "./scalars.mjs";

const BLAMES = ["BLAME_UNSPECIFIED", "BLAME_USER", "BLAME_INFRASTRUCTURE", "BLAME_SYSTEM", "BLAME_REQUEST"];
const RETRIES = ["RETRY_UNSPECIFIED", "RETRY_ALLOWED", "RETRY_WITH_MORE_MEMORY", "RETRY_FORBIDDEN"];
const REFERENCE = ["uri", "sizeBytes", "digest", "type", "itemCount", "index"];
const ERROR = [
  "code", "message", "blame", "retry", "exceptions", "time", "worker", "nodePath", "workers", "exitCode", "signal",
];

const items = (value) => messages.repeated(messages.message(value, ["items"]), "items");
const named = (value) => messages.message(value, ["name", "value"]);

function set(value) {
  const tokens = sorted(items(value).map(token));
  tokens.forEach((of, i) => demand(i === 0 || !of.equals(tokens[i - 1]), "equal elements of a set"));
  return counted(tokens);
}

function map(value) {
  const entries = messages.repeated(messages.message(value, ["entries"]), "entries");
  const pairs = entries.map((entry) => messages.message(entry, ["key", "value"]));
  return sortedByKey(pairs.map((of) => [token(messages.inner(of, "key")), token(messages.inner(of, "value"))]));
}

function record(value) {
  const fields = messages.repeated(messages.message(value, ["fields"]), "fields").map(named);
  return sortedByKey(fields.map((of) => [text(messages.text(of, "name")), token(messages.inner(of, "value"))]));
}

function union(value) {
  const of = messages.message(value, ["tag", "value"]);
  return join([text(messages.text(of, "tag")), token(messages.inner(of, "value"))]);
}

function datetime(value) {
  const of = messages.message(value, ["time", "offsetSeconds", "zone"]);
  const offset = of.has("offsetSeconds") ? messages.integer(of.get("offsetSeconds")) : undefined;
  demand(of.has("time"), "a datetime without its time");
  return scalars.datetime(messages.timestamp(of.get("time")), offset, messages.text(of, "zone"));
}

function error(value) {
  const of = messages.message(value, ERROR);
  const numbers = [messages.enumeration(of, "blame", BLAMES), messages.enumeration(of, "retry", RETRIES)];
  demand(numbers[0] > 0 && numbers[0] < BLAMES.length, `no blame: ${numbers[0]}`);
  demand(numbers[1] > 0 && numbers[1] < RETRIES.length, `no retry: ${numbers[1]}`);
  const [code, said, path] = ["code", "message", "nodePath"].map((name) => text(messages.text(of, name)));
  return join([code, said, u8(numbers[0]), u8(numbers[1]), path]);
}

/** A file, directory or table: the texts that count, then its place. */
function stored(names, counting) {
  return (value) => {
    const of = messages.message(value, names);
    const texts = counting.map((name) => text(messages.text(of, name)));
    return join([...texts, scalars.place(messages.text(of, "digest"), messages.text(of, "uri"))]);
  };
}

/** By the field that is set: its tag, and the encoding of what follows. */
const KINDS = {
  none: ["n", () => Buffer.alloc(0)],
  boolValue: ["b", (value) => u8(value ? 1 : 0)],
  intValue: ["i", (value) => i64(messages.integer(value))],
  floatValue: ["f", (value) => binary64(messages.float(value))],
  decimal: ["d", (value) => text(scalars.decimal(value))],
  stringValue: ["s", text],
  bytesValue: ["y", (value) => raw(messages.bytes(value))],
  date: ["D", (value) => text(scalars.date(value))],
  datetime: ["t", datetime],
  duration: ["u", (value) => scalars.duration(messages.duration(value))],
  uuid: ["U", scalars.uuid],
  json: ["j", scalars.json],
  error: ["e", error],
  list: ["l", (value) => counted(items(value).map(token))],
  ints: ["l", (value) => counted(items(value).map((of) => join([ascii("i"), i64(messages.integer(of))])))],
  floats: ["l", (value) => counted(items(value).map((of) => join([ascii("f"), binary64(messages.float(of))])))],
  set: ["S", set],
  map: ["m", map],
  record: ["r", record],
  union: ["|", union],
  file: ["F", stored(["uri", "name", "format", "sizeBytes", "digest"], ["format", "name"])],
  directory: ["P", stored(["uri", "format", "sizeBytes", "fileCount", "digest"], ["format"])],
  table: ["T", stored(["uri", "format", "columns", "rowCount", "sizeBytes", "digest"], ["format"])],
};
const FIELDS = [...Object.keys(KINDS), "reference"];

function open(literal) {
  const of = messages.message(literal, [...FIELDS, "hash"]);
  const kind = messages.whichOf(of, FIELDS);
  demand(kind !== undefined, "a literal without a known kind");
  return { kind, value: of.get(kind), hash: messages.text(of, "hash") };
}

/** The digest that a reference without a hash holds; undefined of any other literal. */
function referenced({ kind, value, hash }) {
  if (kind !== "reference" || hash !== "") return undefined;
  const digest = messages.message(value, REFERENCE).get("digest") ?? "";
  return digestOf(messages.bytes(digest));
}

/** enc(v); undefined of a reference without hash. */
export function encoding(literal) {
  const { kind, value, hash } = open(literal);
  if (hash !== "") return join([ascii("h"), text(hash)]);
  if (kind === "reference") return undefined;
  const [tag, encode] = KINDS[kind];
  return join([ascii(tag), encode(value)]);
}

export function digest(literal) {
  return referenced(open(literal)) ?? sha256(ascii("godwit.literal.v1\0"), encoding(literal));
}

export function token(literal) {
  const held = referenced(open(literal));
  if (held !== undefined) return join([ascii("#"), held]);
  const encoded = encoding(literal);
  return encoded.length <= 64 ? encoded : join([ascii("#"), digest(literal)]);
}
