/**
 * Where schemas are kept: a server with Confluent's REST API ({@link
 * io.stagepost.schema.registry.RestRegistry}), a folder ({@link
 * io.stagepost.schema.registry.FileRegistry}), or memory ({@link
 * io.stagepost.schema.registry.InMemoryRegistry}).
 *
 * <p>What a lookup in a server goes through, each step only if the one before did not answer:
 *
 * <pre>
 *   known? > missing a moment ago? > somebody asking already? > unknown ids within bounds? > request
 * </pre>
 *
 * <p>Invariants of a server's client:
 *
 * <ul>
 *   <li>One key has at most one request under way, whoever asks ({@code Cache}).
 *   <li>At most eight requests are under way. After a failure, until the next answer, it is one at
 *       a time, and none before a pause that doubles is over ({@code RestClient}). So a registry
 *       that is down is asked as often by a thousand threads as by one.
 *   <li>No lock is held while waiting. The thread that asks makes the request; nothing runs in
 *       between.
 * </ul>
 */
@NullMarked
package io.stagepost.schema.registry;

import org.jspecify.annotations.NullMarked;
