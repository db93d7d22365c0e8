// Recompute every golden vector: node check.mjs [folder of vectors]. Exits with 1 and a list where this program disagrees.
//
// Written from docs/contract and the comments of the proto files alone; it shares no code with any implementation.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { ContractError } from "./bytes.mjs";
import { castability } from "./castability.mjs";
import { parseJson } from "./json.mjs";
import * as keys from "./keys.mjs";
import * as literals from "./literals.mjs";
import * as messages from "./messages.mjs";
import * as types from "./types.mjs";

const near = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = process.argv[2] ?? near("../vectors");
const table = JSON.parse(readFileSync(near("../../idl/src/godwitidl/castability.json"), "utf8"));
const levelOf = castability(table);

/** What each kind of vector holds, and how it is computed: an object of the results. */
const KINDS = [
  ["digest.json", undefined, (of) => {
    const literal = of.get("literal");
    const [encoding, token, digest] = [literals.encoding, literals.token, literals.digest].map((make) => make(literal));
    return { encoding: encoding ?? null, token, digest };
  }],
  ["types.json", "types", (of) => {
    const type = of.get("type");
    return { encoding: types.encoding(type), digest: types.digest(type) };
  }],
  ["types.json", "interfaces", (of) => ({ digest: types.interfaceDigest(of.get("interface")) })],
  ["cache_key.json", "inputs", (of) => {
    const inputs = of.get("inputs").map((item) => [item.get("name"), messages.hexadecimal(item.get("digest"))]);
    return { digest: keys.inputsDigest(inputs) };
  }],
  ["cache_key.json", "keys", (of) => {
    const texts = ["project", "domain", "task", "version", "salt"].map((name) => of.get(name));
    const [interfaceDigest, inputs] = ["interface", "inputs"].map((name) => messages.hexadecimal(of.get(name)));
    return { key: keys.cacheKey(texts, interfaceDigest, inputs) };
  }],
  ["cache_key.json", "casts", (of) => {
    const digest = messages.hexadecimal(of.get("digest"));
    return { cast: keys.castDigest(digest, of.get("source"), of.get("target")) };
  }],
  ["cache_key.json", "trees", (of) => {
    const entries = of.get("entries").map((entry) => [entry.get("path"), entry.get("digest")]);
    return { digest: keys.treeDigest(entries) };
  }],
  ["castability.json", "pairs", (of) => ({ level: levelOf(of.get("source"), of.get("target")) })],
];

const written = (value) => (Buffer.isBuffer(value) ? value.toString("hex") : value);

/** What is wrong with a vector, as text; undefined where both agree. */
function disagreement(vector, compute) {
  let results;
  try {
    results = compute(vector);
  } catch (error) {
    if (!(error instanceof ContractError)) return `this program failed: ${error.stack}`;
    return vector.get("error") === true ? undefined : `no result (${error.message})`;
  }
  if (vector.get("error") === true) return "a result, where an error was expected";
  for (const [name, value] of Object.entries(results)) {
    if (written(value) !== vector.get(name)) return `${name} is ${written(value)}, not ${vector.get(name)}`;
  }
  return undefined;
}

function read(file, part) {
  const source = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(`${folder}/${file}`));
  const parsed = parseJson(source);
  const vectors = part === undefined ? parsed : parsed.get(part);
  if (vectors.length === 0) throw new Error(`no vectors in ${file}`);
  return vectors;
}

let passed = 0;
const failures = [];
for (const [file, part, compute] of KINDS) {
  for (const vector of read(file, part)) {
    const wrong = disagreement(vector, compute);
    if (wrong === undefined) passed += 1;
    else failures.push(`${file} ${part ?? ""} "${vector.get("name")}": ${wrong}`);
  }
}
for (const failure of failures) console.log(failure);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
