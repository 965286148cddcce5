/**
 * The server's state behind the wire: collections, aliases and payload indexes, each change logged before it is made.
 * Leaves out HTTP (wire.ts), faults (emulator-faults.ts) and what happens inside a collection (collection.ts).
 */
import { Collection, type NumberedOperation } from './collection.ts';
import { describeJson, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { type LogEntry, memoryLog, type OperationLog, openOperationLog } from './operation-log.ts';
import { parsePath } from './payload-path.ts';
import { type PointOperation, requireArray, requireObject } from './point-operations.ts';
import { parseVectorConfigs, vectorConfigsToJson } from './vectors.ts';
import { collectionExists, collectionMissing, formatError, notEmulated, pathError, WireError } from './wire-error.ts';

const badNameCharacters = ['<', '>', ':', '"', '/', '\\', '|', '?', '*', '\0', '\u001f'];
const indexTypes = ['keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid'];
const settingFields = ['shard_number', 'replication_factor', 'write_consistency_factor', 'on_disk_payload'];

export class Engine {
  readonly #collections = new Map<string, Collection>();
  readonly #aliases = new Map<string, string>();
  #log: OperationLog = memoryLog;

  /** With `logFile`, replays it first; throws `OperationLogCorrupt` when that cannot be done. */
  constructor(logFile: string | null) {
    if (logFile !== null) this.#log = openOperationLog(logFile, (entry) => this.#perform(entry));
  }

  names(): readonly string[] {
    return [...this.#collections.keys()].sort();
  }

  /** By name or alias, or null. */
  find(name: string): Collection | null {
    return this.#collections.get(this.#aliases.get(name) ?? name) ?? null;
  }

  collection(name: string): Collection {
    const found = this.find(name);
    if (found === null) throw collectionMissing(name);
    return found;
  }

  createCollection(name: string, body: Json): void {
    const bad = badNameCharacters.find((each) => name.includes(each));
    if (bad !== undefined) throw pathError('collection_name', `collection name cannot contain "${bad}" char`);
    if (name.length > 255) throw pathError('collection_name', 'value invalid, must be from 1 to 255 characters');
    const request = requireObject(body, 'struct CreateCollection');
    if (Object.keys(requireObject(property(request, 'sparse_vectors') ?? {}, 'a map')).length > 0)
      throw notEmulated('sparse vectors');
    if (property(request, 'sharding_method') === 'custom') throw notEmulated('custom sharding');
    const vectors = vectorConfigsToJson(parseVectorConfigs(property(request, 'vectors'))) ?? {};
    if (this.find(name) !== null) throw collectionExists(name);
    const settings = Object.fromEntries(settingFields.map((field) => [field, property(request, field) ?? defaultSetting(field)]));
    this.#commit({ kind: 'createCollection', collection: name, vectors, settings });
  }

  updateCollection(name: string, body: Json): void {
    const params = property(requireObject(body, 'struct UpdateCollection'), 'params') ?? {};
    const collection = this.collection(name);
    const changed = Object.entries(requireObject(params, 'struct CollectionParamsDiff')).filter(([key]) =>
      settingFields.includes(key),
    );
    this.#commit({ kind: 'updateCollection', collection: collection.name, settings: Object.fromEntries(changed) });
  }

  /** False when there was none. */
  deleteCollection(name: string): boolean {
    const collection = this.find(name);
    if (collection === null) return false;
    this.#commit({ kind: 'deleteCollection', collection: collection.name });
    return true;
  }

  /** The operation number. An index that exists already is left as it is. */
  createIndex(name: string, body: Json): number {
    const collection = this.collection(name);
    const request = requireObject(body, 'struct CreateFieldIndex');
    const field = property(request, 'field_name');
    if (typeof field !== 'string') throw formatError('missing field `field_name`');
    parsePath(field);
    const given = property(request, 'field_schema') ?? property(request, 'field_type') ?? null;
    const type = isJsonObject(given) ? property(given, 'type') : given;
    if (typeof type !== 'string' || !indexTypes.includes(type)) {
      throw formatError(`unknown field schema: ${describeJson(type ?? null)}, expected one of ${indexTypes.join(', ')}`);
    }
    const schema: JsonObject = isJsonObject(given) ? { data_type: type, params: given } : { data_type: type };
    const number = collection.takeNumber();
    this.#commit({ kind: 'createIndex', collection: collection.name, number, field, schema });
    return number;
  }

  deleteIndex(name: string, field: string): number {
    const collection = this.collection(name);
    const number = collection.takeNumber();
    this.#commit({ kind: 'deleteIndex', collection: collection.name, number, field });
    return number;
  }

  /** Runs alias actions in order, without undo when a later one is refused. */
  changeAliases(body: Json): void {
    for (const action of requireArray(property(requireObject(body, 'struct ChangeAliasesOperation'), 'actions'), 'actions')) {
      const [name, argument] = Object.entries(requireObject(action, 'an alias action'))[0] ?? [];
      const field = (key: string): string => {
        const value = property(requireObject(argument, 'an alias action'), key);
        if (typeof value !== 'string') throw formatError(`missing field \`${key}\``);
        return value;
      };
      const targetOf = (alias: string): string => {
        const target = this.#aliases.get(alias);
        if (target === undefined) throw new WireError(404, `Not found: Alias ${alias} does not exists!`);
        return target;
      };
      if (name === 'create_alias') {
        const [collection, alias] = [this.collection(field('collection_name')).name, field('alias_name')];
        if (this.#collections.has(alias)) throw collectionExists(alias);
        this.#commit({ kind: 'alias', alias, collection });
      } else if (name === 'delete_alias') {
        targetOf(field('alias_name'));
        this.#commit({ kind: 'alias', alias: field('alias_name'), collection: null });
      } else if (name === 'rename_alias') {
        const collection = targetOf(field('old_alias_name'));
        this.#commit({ kind: 'alias', alias: field('old_alias_name'), collection: null });
        this.#commit({ kind: 'alias', alias: field('new_alias_name'), collection });
      } else {
        throw formatError('data did not match any variant of untagged enum AliasOperations');
      }
    }
  }

  /** Aliases of one collection, or all. */
  aliases(collection: string | null): Json {
    const all = [...this.#aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name }));
    return { aliases: all.filter((each) => collection === null || each.collection_name === collection) };
  }

  /** Logs and queues; whoever waits drains the collection. */
  submit(collection: Collection, operation: PointOperation): number {
    const number = collection.takeNumber();
    this.#log.append({ kind: 'points', collection: collection.name, number, operation });
    collection.enqueue({ number, operation });
    return number;
  }

  close(): void {
    this.#log.close();
  }

  #commit(entry: LogEntry): void {
    this.#log.append(entry);
    this.#perform(entry);
  }

  #perform(entry: LogEntry): void {
    switch (entry.kind) {
      case 'createCollection':
        this.#collections.set(
          entry.collection,
          new Collection(entry.collection, parseVectorConfigs(entry.vectors), entry.settings),
        );
        return;
      case 'updateCollection': {
        const collection = this.collection(entry.collection);
        collection.settings = { ...collection.settings, ...entry.settings };
        return;
      }
      case 'deleteCollection':
        this.#collections.delete(entry.collection);
        for (const [alias, target] of this.#aliases) if (target === entry.collection) this.#aliases.delete(alias);
        return;
      case 'alias':
        if (entry.collection === null) this.#aliases.delete(entry.alias);
        else this.#aliases.set(entry.alias, entry.collection);
        return;
      case 'createIndex':
        this.collection(entry.collection).indexes.set(entry.field, entry.schema);
        this.collection(entry.collection).numberTaken(entry.number);
        return;
      case 'deleteIndex':
        this.collection(entry.collection).indexes.delete(entry.field);
        this.collection(entry.collection).numberTaken(entry.number);
        return;
      case 'points':
        replayPoints(this.collection(entry.collection), entry);
        return;
    }
  }
}

/** Replayed operations are applied at once; one that was refused at first is refused again, with the same partial effect. */
function replayPoints(collection: Collection, entry: NumberedOperation): void {
  collection.enqueue({ number: entry.number, operation: entry.operation });
  collection.drain();
}

const defaultSetting = (field: string): Json => (field === 'on_disk_payload' ? true : 1);
