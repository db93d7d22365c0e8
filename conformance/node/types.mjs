// Encodings and digests of types and interfaces, by docs/contract/digest.md.
import { ascii, counted, demand, join, sha256, sorted, sortedByKey, text } from "./bytes.mjs";
import * as messages from "./messages.mjs";

const SIMPLE = {
  BOOL: "b", INT: "i", FLOAT: "f", DECIMAL: "d", STRING: "s", BYTES: "y",
  DATE: "D", DATETIME: "t", DURATION: "u", UUID: "U", JSON: "j", ERROR: "e",
};
const SIMPLE_NAMES = ["SIMPLE_TYPE_UNSPECIFIED", ...Object.keys(SIMPLE).map((name) => `SIMPLE_TYPE_${name}`)];
const KINDS = ["simple", "list", "tuple", "set", "map", "enum", "record", "union", "file", "directory", "table"];
const NAMED = ["name", "type", "defaultValue", "description"];

/** A type in parts: `{kind, nullable, …}`, with the parts of its kind as parsed messages. Fails without a known kind. */
export function open(type) {
  const of = messages.message(type, [...KINDS, "nullable"]);
  const kind = messages.whichOf(of, KINDS);
  demand(kind !== undefined, "a type without a known kind");
  const opened = kind === "simple" ? simple(of) : PARTS[kind](of.get(kind));
  return { kind, nullable: messages.flag(of, "nullable"), ...opened };
}

/** A member of a list of named types. */
const member = (of, name) => ({ name: messages.text(of, name), type: messages.inner(of, "type"), of });

function simple(of) {
  const number = messages.enumeration(of, "simple", SIMPLE_NAMES);
  demand(number > 0 && number < SIMPLE_NAMES.length, `no simple type: ${number}`);
  return { simple: Object.keys(SIMPLE)[number - 1].toLowerCase() };
}

function members(value, name, field, names) {
  return messages.repeated(value, name).map((of) => member(messages.message(of, names), field));
}

const PARTS = {
  list: (value) => ({ item: messages.inner(messages.message(value, ["item"]), "item") }),
  set: (value) => ({ item: messages.inner(messages.message(value, ["item"]), "item") }),
  tuple: (value) => ({ items: messages.repeated(messages.message(value, ["items"]), "items") }),
  map: (value) => {
    messages.message(value, ["key", "value"]);
    return { key: messages.inner(value, "key"), value: messages.inner(value, "value") };
  },
  enum: (value) => ({ symbols: messages.repeated(messages.message(value, ["name", "symbols"]), "symbols") }),
  record: (value) => {
    messages.message(value, ["name", "fields", "description"]);
    return { fields: members(value, "fields", "name", NAMED) };
  },
  union: (value) => ({ members: members(messages.message(value, ["members"]), "members", "tag", ["tag", "type"]) }),
  file: (value) => ({ format: messages.text(messages.message(value, ["format"]), "format") }),
  directory: (value) => ({ format: messages.text(messages.message(value, ["format"]), "format") }),
  table: (value) => {
    messages.message(value, ["format", "columns"]);
    return { format: messages.text(value, "format"), columns: members(value, "columns", "name", ["name", "type"]) };
  },
};

function distinct(names) {
  demand(new Set(names).size === names.length, "two symbols, fields, tags or columns of one name");
  return names;
}

const pairs = (list) => list.map(({ name, type }) => [text(name), encoding(type)]);

const ENCODERS = {
  simple: (of) => ascii(SIMPLE[of.simple.toUpperCase()]),
  list: (of) => join([ascii("l"), encoding(of.item)]),
  tuple: (of) => join([ascii("p"), counted(of.items.map(encoding))]),
  set: (of) => join([ascii("S"), encoding(of.item)]),
  map: (of) => join([ascii("m"), encoding(of.key), encoding(of.value)]),
  enum: (of) => join([ascii("E"), counted(sorted(distinct(of.symbols).map(text)))]),
  record: (of) => join([ascii("r"), sortedByKey(pairs(of.fields))]),
  union: (of) => join([ascii("|"), sortedByKey(pairs(of.members))]),
  file: (of) => join([ascii("F"), text(of.format)]),
  directory: (of) => join([ascii("P"), text(of.format)]),
  table: (of) => {
    distinct(of.columns.map(({ name }) => name));
    return join([ascii("T"), text(of.format), counted(pairs(of.columns).map(join))]);
  },
};

/** enc of an opened type as if it were not nullable. */
export const bareEncoding = (of) => ENCODERS[of.kind](of);

/** enc(t). */
export function encoding(type) {
  const of = open(type);
  const encoded = bareEncoding(of);
  return of.nullable ? join([ascii("?"), encoded]) : encoded;
}

export const digest = (type) => sha256(ascii("godwit.type.v1\0"), encoding(type));

export function interfaceDigest(value) {
  messages.message(value, ["inputs", "outputs"]);
  const side = (name) =>
    sortedByKey(members(value, name, "name", NAMED).map((of) => [text(of.name), digest(of.type)]));
  return sha256(ascii("godwit.interface.v1\0"), side("inputs"), side("outputs"));
}
