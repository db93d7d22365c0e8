// A JSON parser (RFC 8259) that keeps the text of numbers and refuses names that stand twice.
//
// Values come as null, booleans, strings, arrays, `JsonNumber` and `Map` (an object, in its order).
import { demand } from "./bytes.mjs";

/** A number with the text it was written as. */
export class JsonNumber {
  constructor(text) {
    this.text = text;
  }

  /** Whether it is written without point and exponent. */
  get isInteger() {
    return !/[.eE]/.test(this.text);
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const HEX = /[0-9a-fA-F]{4}/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = [["null", null], ["true", true], ["false", false]];

class Parser {
  constructor(source, limit) {
    this.source = source;
    this.limit = limit;
    this.at = 0;
  }

  fail(what) {
    demand(false, `no JSON at character ${this.at}: ${what}`);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  accept(character) {
    if (this.source[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character) {
    if (!this.accept(character)) this.fail(`${character} expected`);
  }

  whole() {
    const value = this.value(1);
    if (this.at !== this.source.length) this.fail("the end expected");
    return value;
  }

  value(depth) {
    if (depth > this.limit) this.fail(`nested more than ${this.limit} deep`);
    this.match(SPACE);
    const value = this.bare(depth);
    this.match(SPACE);
    return value;
  }

  bare(depth) {
    if (this.accept("{")) return this.object(depth);
    if (this.accept("[")) return this.array(depth);
    if (this.accept('"')) return this.string();
    for (const [word, value] of WORDS) {
      if (this.source.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const number = this.match(NUMBER);
    return number === null ? this.fail("a value expected") : new JsonNumber(number);
  }

  array(depth) {
    const items = [];
    this.match(SPACE);
    if (this.accept("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.accept(","));
    this.expect("]");
    return items;
  }

  object(depth) {
    const entries = new Map();
    this.match(SPACE);
    if (this.accept("}")) return entries;
    do {
      this.match(SPACE);
      this.expect('"');
      const name = this.string();
      if (entries.has(name)) this.fail(`the name ${JSON.stringify(name)} twice`);
      this.match(SPACE);
      this.expect(":");
      entries.set(name, this.value(depth + 1));
    } while (this.accept(","));
    this.expect("}");
    return entries;
  }

  string() {
    let value = "";
    for (;;) {
      value += this.match(PLAIN);
      if (this.accept('"')) return value;
      this.expect("\\");
      value += this.escape();
    }
  }

  escape() {
    const character = this.source[this.at];
    this.at += 1;
    if (character !== "u") return ESCAPES[character] ?? this.fail("no such escape");
    const digits = this.match(HEX);
    return digits === null ? this.fail("four hexadecimal digits expected") : String.fromCharCode(parseInt(digits, 16));
  }
}

/** Parse JSON text, nested at most `limit` deep; the whole is 1 deep. */
export const parseJson = (source, limit = Infinity) => new Parser(source, limit).whole();
