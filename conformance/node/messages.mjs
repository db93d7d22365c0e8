// Reading protobuf's canonical JSON, as digest.md describes it, out of parsed JSON.
import { JsonNumber } from "./json.mjs";

/** The vectors themselves are not of the described form: a defect of vectors or of this program, not a lack of a digest. */
export class FormatError extends Error {}

function check(condition, message) {
  if (!condition) throw new FormatError(message);
}

/** A message: an object, whose names are all among `names`. */
export function message(value, names) {
  check(value instanceof Map, "an object expected");
  for (const name of value.keys()) check(names.includes(name), `no field ${name}`);
  return value;
}

/** The one of `names` that is set in a message, or undefined. */
export function whichOf(value, names) {
  const present = names.filter((name) => value.has(name));
  check(present.length < 2, `more than one of ${present}`);
  return present[0];
}

export function text(value, name) {
  const found = value.get(name) ?? "";
  check(typeof found === "string", `${name} is text`);
  return found;
}

export function flag(value, name) {
  const found = value.get(name) ?? false;
  check(typeof found === "boolean", `${name} is a boolean`);
  return found;
}

export function repeated(value, name) {
  const found = value.get(name) ?? [];
  check(Array.isArray(found), `${name} is an array`);
  return found;
}

/** A message that is absent where it has no fields: no kind, no value. */
export const inner = (value, name) => value.get(name) ?? new Map();

/** An integer of up to 64 bits, as text or number. */
export function integer(value) {
  const digits = value instanceof JsonNumber ? value.text : value;
  check(typeof digits === "string" && /^-?[0-9]+$/.test(digits), "an integer expected");
  return BigInt(digits);
}

/** A binary64, as number, or as text if it is not finite. */
export function float(value) {
  if (value instanceof JsonNumber) return Number(value.text);
  check(["NaN", "Infinity", "-Infinity"].includes(value), "a number expected");
  return Number(value);
}

/** The number of an enum's value, by name or number; 0 where it is absent. */
export function enumeration(value, name, names) {
  const found = value.get(name);
  if (found === undefined) return 0;
  if (found instanceof JsonNumber) return Number(found.text);
  check(names.includes(found), `${name} has no ${found}`);
  return names.indexOf(found);
}

export function bytes(value) {
  check(typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0, "base64 expected");
  return Buffer.from(value, "base64");
}

/** Bytes of a text in hexadecimal. */
export function hexadecimal(value) {
  check(typeof value === "string" && /^(?:[0-9a-f]{2})*$/.test(value), "hexadecimal digits expected");
  return Buffer.from(value, "hex");
}

const nanoseconds = (fraction) => Number((fraction ?? ".").slice(1).padEnd(9, "0"));

/** A Timestamp: `{seconds: BigInt, nanos: number}`. */
export function timestamp(value) {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?Z$/.exec(value);
  check(found !== null, `no time in UTC: ${value}`);
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const days = daysSince1970(year, month, day);
  return { seconds: BigInt(days * 86400 + hour * 3600 + minute * 60 + second), nanos: nanoseconds(found[7]) };
}

/** A Duration: `{seconds: BigInt, nanos: number}`, both of one sign. */
export function duration(value) {
  const found = /^(-?)(\d+)(\.\d{1,9})?s$/.exec(value);
  check(found !== null, `no duration: ${value}`);
  const sign = found[1] === "-" ? -1 : 1;
  return { seconds: BigInt(sign) * BigInt(found[2]), nanos: sign * nanoseconds(found[3]) };
}

/** Days from 1970-01-01, in the proleptic Gregorian calendar. */
function daysSince1970(year, month, day) {
  const shifted = month > 2 ? year : year - 1; // years that begin in March, so that leap days come last
  const inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leaps + inYear - 719468;
}
