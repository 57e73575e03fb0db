/**
 * Replay of dead letters against a raw copy loop: the same letters, sent to the same kind of
 * address, confirmed, each run in a JVM of its own with 512 MiB of heap, interleaved.
 *
 * <pre>
 *   ReplayRows ─▶ Site: fill an address with letters ─▶ rounds: ours raw, raw ours, …
 *                                                              │ Side and address  ▲ figures
 *                                                              ▼                   │
 *                                                       Contestant: a JVM for each run
 * </pre>
 */
@NullMarked
package io.stagepost.benchmarks.replay;

import org.jspecify.annotations.NullMarked;
