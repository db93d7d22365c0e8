/** Digests of values, types, interfaces and folders, and the cache key: byte for byte those of every other SDK. */
package dev.godwit.digest;
