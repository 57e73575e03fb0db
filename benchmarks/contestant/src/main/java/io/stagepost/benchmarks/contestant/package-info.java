/**
 * What every contestant's JVM shares, so that all do the same work and are measured the same way.
 *
 * <p>The harness starts one JVM for each contestant of a row, with a class path of its own, and
 * sends it a {@link Job} per run. The {@link Driver} reads it and has the {@link Contestant} hand
 * every event to the {@link Tally}, which does the row's {@link Work}, takes the time and is the
 * oracle: it knows what was lost, handled twice, out of order or at the same time. The {@link
 * Result} goes back.
 */
@NullMarked
package io.stagepost.benchmarks.contestant;

import org.jspecify.annotations.NullMarked;
