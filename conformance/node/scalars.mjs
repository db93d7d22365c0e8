// Texts that have one form, and times: decimals, dates, datetimes, durations, UUIDs, JSON.
import { ascii, binary64, contentDigest, counted, demand, i32, i64, join, sortedByKey, text, u32 } from "./bytes.mjs";
import { JsonNumber, parseJson } from "./json.mjs";

const FIRST_SECOND = -62135596800n;
const LAST_SECOND = 253402300799n;
const LONGEST = 315576000000n;
const MAX_JSON_DEPTH = 128;

/** The text of a decimal as it is encoded; an error where it is not in the one form. */
export function decimal(value) {
  const found = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:E([+-])([0-9]+))?$/.exec(value);
  demand(found !== null, `no decimal: ${JSON.stringify(value)}`);
  const [, minus, whole, fraction = "", sign = "", digits = "0"] = found;
  const coefficient = (whole + fraction).replace(/^0+(?=[0-9])/, "");
  const exponent = Number(sign + digits) - fraction.length;
  demand(oneForm(coefficient, exponent) === value.slice(minus.length), `not in the one form: ${JSON.stringify(value)}`);
  return coefficient === "0" ? value.slice(minus.length) : value;
}

function oneForm(coefficient, exponent) {
  const adjusted = exponent + coefficient.length - 1;
  if (exponent <= 0 && adjusted >= -6) {
    if (exponent === 0) return coefficient;
    const padded = coefficient.padStart(1 - exponent, "0");
    return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }
  const others = coefficient.length > 1 ? `.${coefficient.slice(1)}` : "";
  const size = String(Math.abs(adjusted));
  demand(size.length <= 9, "an exponent of more than nine digits");
  return `${coefficient[0]}${others}E${adjusted < 0 ? "-" : "+"}${size}`;
}

export function date(value) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  demand(found !== null, `no date: ${JSON.stringify(value)}`);
  const [year, month, day] = found.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  demand(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1], `no such day: ${value}`);
  return value;
}

/** `time` as {seconds, nanos}, `offset` a BigInt or undefined. */
export function datetime(time, offset, zone) {
  const inYears = (seconds) => seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
  demand(time.nanos >= 0 && time.nanos <= 999999999, "nanos out of range");
  demand(inYears(time.seconds) && inYears(time.seconds + (offset ?? 0n)), "outside the years 1 to 9999");
  demand(offset === undefined || (offset >= -64800n && offset <= 64800n), "offset out of range");
  demand(zone === "" || offset !== undefined, "a zone without an offset");
  const at = offset === undefined ? [Buffer.from([0])] : [Buffer.from([1]), i32(Number(offset))];
  return join([i64(time.seconds), u32(time.nanos), ...at, text(zone)]);
}

export function duration({ seconds, nanos }) {
  const size = seconds < 0n ? -seconds : seconds;
  demand(Math.abs(nanos) <= 999999999, "nanos out of range");
  demand(!(seconds > 0n && nanos < 0) && !(seconds < 0n && nanos > 0), "parts of different signs");
  demand(size < LONGEST || (size === LONGEST && nanos === 0), "too long");
  return nanos < 0 ? join([i64(seconds - 1n), u32(nanos + 1000000000)]) : join([i64(seconds), u32(nanos)]);
}

export function uuid(value) {
  demand(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value), `no UUID: ${JSON.stringify(value)}`);
  return Buffer.from(value.replaceAll("-", ""), "hex");
}

/** What file, directory and table are known by. */
export function place(digest, uri) {
  if (digest !== "") return join([ascii("c"), text(contentDigest(digest))]);
  demand(uri !== "", "neither digest nor uri");
  return join([ascii("u"), text(uri)]);
}

export const json = (value) => jsonValue(parseJson(value, MAX_JSON_DEPTH));

function jsonValue(value) {
  if (value === null) return ascii("n");
  if (typeof value === "boolean") return Buffer.from([0x62, value ? 1 : 0]);
  if (typeof value === "string") return join([ascii("s"), text(value)]);
  if (value instanceof JsonNumber) return jsonNumber(value);
  if (Array.isArray(value)) return join([ascii("l"), counted(value.map(jsonValue))]);
  return join([ascii("m"), sortedByKey([...value].map(([name, of]) => [text(name), jsonValue(of)]))]);
}

function jsonNumber(number) {
  if (number.isInteger) return join([ascii("I"), text(number.text === "-0" ? "0" : number.text)]);
  const value = Number(number.text);
  demand(Number.isFinite(value), `beyond the range of binary64: ${number.text}`);
  return join([ascii("f"), binary64(value)]);
}
