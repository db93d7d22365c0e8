/** What a running task can ask, and what its runner asks of it. */
package dev.godwit.runtime;
