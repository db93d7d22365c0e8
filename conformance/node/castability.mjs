// May a value of one type feed an input of another? The table, and the rules of docs/contract/castability.md.
import * as types from "./types.mjs";

const SAME = 0;
const CONVERT = 1;
const CHECKED = 2;
const NO = 3;
const JSON_TYPE = new Map([["simple", "SIMPLE_TYPE_JSON"]]);

const worst = (levels) => levels.reduce((left, right) => Math.max(left, right), SAME);
const byName = (list) => new Map(list.map((of) => [of.name, of]));

/** A function of (source, target), both as parsed types, to the name of a level; `table` is the parsed castability.json. */
export function castability(table) {
  const levels = table.levels;
  const rows = new Map(table.rows.map((row) => [`${row.from} ${row.to}`, row]));

  const level = (source, target) => {
    const [from, to] = [types.open(source), types.open(target)];
    return from.nullable && !to.nullable ? NO : plain(from, to);
  };

  const plain = (from, to) => {
    if (from.kind === "union") return to.kind === "union" ? unionToUnion(from, to) : unionToPlain(from, to);
    return to.kind === "union" ? plainToUnion(from, to).level : row(from, to);
  };

  const row = (from, to) => {
    const [source, target] = [from.simple ?? from.kind, to.simple ?? to.kind];
    if (from.kind === "simple" && source === target && table.identity.includes(source)) return SAME;
    const found = rows.get(`${source} ${target}`);
    if (found === undefined) return NO;
    return worst([levels.indexOf(found.level), found.when === undefined ? SAME : conditions[found.when](from, to)]);
  };

  const conditions = {
    symbols_subset: (from, to) => (from.symbols.every((symbol) => to.symbols.includes(symbol)) ? SAME : NO),
    item: (from, to) => level(from.item, to.item),
    items_to_item: (from, to) => worst(from.items.map((item) => level(item, to.item))),
    items: (from, to) =>
      from.items.length === to.items.length ? worst(from.items.map((item, i) => level(item, to.items[i]))) : NO,
    item_same: (from, to) => (level(from.item, to.item) === SAME ? SAME : NO),
    key_same_value: (from, to) => (level(from.key, to.key) === SAME ? level(from.value, to.value) : NO),
    fields: (from, to) => fields(byName(from.fields), byName(to.fields)),
    format: (from, to) => format(from, to),
    format_columns: (from, to) => worst([format(from, to), columns(byName(from.columns), byName(to.columns))]),
    item_to_json: (from) => level(from.item, JSON_TYPE),
    items_to_json: (from) => worst(from.items.map((item) => level(item, JSON_TYPE))),
    string_key_value_to_json: (from) => (isString(from.key) ? level(from.value, JSON_TYPE) : NO),
    fields_to_json: (from) => worst(from.fields.map((field) => level(field.type, JSON_TYPE))),
  };

  const isString = (type) => {
    const of = types.open(type);
    return of.simple === "string" && !of.nullable;
  };

  const fields = (source, target) => {
    const shared = [...source.keys()].filter((name) => target.has(name));
    const dropped = source.size > shared.length;
    const filled = [...target.values()].filter((field) => !source.has(field.name));
    if (filled.some((field) => !field.of.has("defaultValue"))) return NO;
    if (dropped && filled.length > 0) return NO;
    const least = dropped || filled.length > 0 ? CONVERT : SAME;
    return worst([least, ...shared.map((name) => level(source.get(name).type, target.get(name).type))]);
  };

  const format = (from, to) => {
    if (to.format === "" || to.format === from.format) return SAME;
    return from.format === "" ? CHECKED : NO;
  };

  const columns = (source, target) => {
    if (target.size === 0) return SAME;
    if (source.size === 0) return CHECKED;
    const fits = (column) => source.has(column.name) && level(source.get(column.name).type, column.type) === SAME;
    return [...target.values()].every(fits) ? SAME : NO;
  };

  const sameKind = (from, to) => from.kind === to.kind && from.simple === to.simple;
  const equal = (from, to) => types.bareEncoding(from).equals(types.bareEncoding(to));

  /** The member that a value of a type without nullability goes to, by rank; NO where there is none, or more than one. */
  const plainToUnion = (from, to) => {
    const options = to.members.map((member) => {
      const of = types.open(member.type);
      return { of, level: plain(from, of) };
    });
    const ranks = [
      ({ of }) => equal(from, of),
      (option) => option.level === SAME && sameKind(from, option.of),
      (option) => option.level === SAME,
      (option) => option.level !== NO,
    ];
    for (const rank of ranks) {
      const found = options.filter(rank);
      if (found.length > 0) return { level: found.length > 1 ? NO : Math.max(CONVERT, found[0].level) };
    }
    return { level: NO };
  };

  const unionToPlain = (from, to) => worst([CONVERT, ...from.members.map((of) => plain(types.open(of.type), to))]);

  const unionToUnion = (from, to) => {
    const tags = byName(to.members);
    return worst(from.members.map(({ name, type }) => {
      const member = types.open(type);
      return tags.has(name) ? plain(member, types.open(tags.get(name).type)) : plainToUnion(member, to).level;
    }));
  };

  return (source, target) => levels[level(source, target)];
}
