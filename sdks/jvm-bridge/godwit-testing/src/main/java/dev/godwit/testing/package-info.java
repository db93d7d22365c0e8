/** Tasks and workflows in place: in the process that asks, without an engine. */
package dev.godwit.testing;
