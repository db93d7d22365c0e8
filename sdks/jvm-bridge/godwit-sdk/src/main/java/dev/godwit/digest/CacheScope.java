package dev.godwit.digest;

/**
 * What a cache is of.
 *
 * @param project the project
 * @param domain the domain
 * @param task the task's name
 * @param version the cache version; what {@code auto} was resolved to
 * @param salt empty where there is none
 */
public record CacheScope(String project, String domain, String task, String version, String salt) {}
