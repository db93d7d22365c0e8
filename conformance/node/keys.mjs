// Digests of inputs, cache keys, digests of casts and of folders, by docs/contract/digest.md.
import { ascii, contentDigest, demand, digestOf, sha256, sortedByKey, text } from "./bytes.mjs";
import * as types from "./types.mjs";

/** `inputs` is a list of [name, digest]. */
export function inputsDigest(inputs) {
  return sha256(ascii("godwit.inputs.v1\0"), sortedByKey(inputs.map(([name, of]) => [text(name), digestOf(of)])));
}

/** `texts` are project, domain, task name, cache version and salt. */
export function cacheKey(texts, interfaceDigest, inputs) {
  return sha256(ascii("godwit.cache.v1\0"), ...texts.map(text), digestOf(interfaceDigest), digestOf(inputs));
}

export function castDigest(value, source, target) {
  return sha256(ascii("godwit.cast.v1\0"), digestOf(value), types.digest(source), types.digest(target));
}

/** `entries` is a list of [path, digest of its bytes]. */
export function treeDigest(entries) {
  const files = new Set(entries.map(([path]) => path));
  for (const [path] of entries) {
    demand(!path.includes("\0"), "a zero character in a path");
    const parts = path.split("/");
    demand(parts.every((part) => part !== "" && part !== "." && part !== ".."), `no path in a folder: ${path}`);
    for (let i = 1; i < parts.length; i++) {
      demand(!files.has(parts.slice(0, i).join("/")), `a file that is the folder of ${path}`);
    }
  }
  const pairs = entries.map(([path, of]) => [text(path), text(contentDigest(of))]);
  return `sha256:${sha256(ascii("godwit.tree.v1\0"), sortedByKey(pairs)).toString("hex")}`;
}
