/**
 * Side-by-side measurements: ours, raw clients and other libraries, interleaved in one run, on the
 * same broker, with the same bytes, durability and concurrency. What counts is the ratio of each
 * round; absolute figures belong to the machine they were taken on.
 *
 * <pre>
 *   Options ─▶ a Suite ─▶ for each of Rows: fill a channel ─▶ rounds: A B C, B C A, … ─▶ Results
 *                                                               │ job      ▲ result
 *                                                               ▼          │
 *                                                   Child: a JVM for each contestant
 * </pre>
 *
 * <p>Every contestant, ours too, runs in a JVM of its own, so that none profits or suffers from
 * what another has made the compiler believe, and with the Kafka client that it supports. Ours and
 * the raw clients are in this package, the other libraries in modules of their own.
 */
@NullMarked
package io.stagepost.benchmarks;

import org.jspecify.annotations.NullMarked;
