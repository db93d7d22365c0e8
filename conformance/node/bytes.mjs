// The notation of docs/contract/digest.md: numbers, texts and hashes as bytes.
import { createHash } from "node:crypto";

/** There is no digest: what was given breaks the contract. */
export class ContractError extends Error {}

/** Refuse what was given, unless `condition` holds. */
export function demand(condition, message) {
  if (!condition) throw new ContractError(message);
}

export const ascii = (tag) => Buffer.from(tag, "latin1");
export const join = (parts) => Buffer.concat(parts);
export const sha256 = (...parts) => createHash("sha256").update(join(parts)).digest();

function integer(size, write) {
  return (value) => {
    const bytes = Buffer.alloc(size);
    try {
      write(bytes, value);
    } catch {
      throw new ContractError(`${value} does not fit into ${size} bytes`);
    }
    return bytes;
  };
}

export const u8 = integer(1, (bytes, value) => bytes.writeUInt8(value));
export const u32 = integer(4, (bytes, value) => bytes.writeUInt32BE(value));
export const i32 = integer(4, (bytes, value) => bytes.writeInt32BE(value));
export const u64 = integer(8, (bytes, value) => bytes.writeBigUInt64BE(BigInt(value)));
export const i64 = integer(8, (bytes, value) => bytes.writeBigInt64BE(BigInt(value)));

/** The eight bytes of a binary64: one NaN, two zeros. */
export function binary64(value) {
  const bytes = Buffer.alloc(8);
  if (Number.isNaN(value)) bytes.writeBigUInt64BE(0x7ff8000000000000n);
  else bytes.writeDoubleBE(value);
  return bytes;
}

export const raw = (bytes) => join([u64(bytes.length), bytes]);

export function text(value) {
  demand(!/\p{Surrogate}/u.test(value), `a lone surrogate in ${JSON.stringify(value)}`);
  return raw(Buffer.from(value, "utf8"));
}

/** Encoded pieces in the order of unsigned bytes. */
export const sorted = (pieces) => [...pieces].sort(Buffer.compare);

/** A count, then the pieces. */
export const counted = (pieces) => join([u64(pieces.length), ...pieces]);

/** Pieces of `[key, rest]`, sorted by their keys, which must differ. */
export function sortedByKey(pairs) {
  const order = [...pairs].sort((left, right) => Buffer.compare(left[0], right[0]));
  for (let i = 1; i < order.length; i++) {
    demand(!order[i - 1][0].equals(order[i][0]), "two of the same name, key or element");
  }
  return counted(order.map(join));
}

/** 32 bytes that a text of 64 hexadecimal digits gives. */
export function digestOf(bytes) {
  demand(bytes.length === 32, `a digest of ${bytes.length} bytes`);
  return bytes;
}

/** A digest of content as text: `sha256:` and 64 hexadecimal digits in lower case. */
export function contentDigest(value) {
  demand(/^sha256:[0-9a-f]{64}$/.test(value), `no digest of content: ${JSON.stringify(value)}`);
  return value;
}
