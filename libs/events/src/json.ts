/** A value that JSON can hold without loss. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** An `undefined` field is left out when it is written. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };
