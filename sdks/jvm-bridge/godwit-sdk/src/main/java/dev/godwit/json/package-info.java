/** Strict JSON text, and the one mapping between values and JSON. */
package dev.godwit.json;
