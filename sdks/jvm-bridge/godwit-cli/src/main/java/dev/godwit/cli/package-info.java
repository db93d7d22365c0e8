/** The command line of the JVM SDK. */
package dev.godwit.cli;
