/** What a task takes and gives, read from records. */
package dev.godwit.interfaces;
