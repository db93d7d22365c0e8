/** The program that runs tasks: by the file contract once, or by {@code runner/v1} many. */
package dev.godwit.runner;
