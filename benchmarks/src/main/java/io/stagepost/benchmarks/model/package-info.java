/**
 * A queueing model of the engine, whose predictions are held against what was measured, and what
 * keys, subscriptions and partitions cost. What came of it is told in docs/scaling.md.
 *
 * <p>Read {@code Simulation} first, {@code ClosedForms} beside it, then {@link
 * io.stagepost.benchmarks.model.Model} and {@link io.stagepost.benchmarks.model.Costs}.
 */
@NullMarked
package io.stagepost.benchmarks.model;

import org.jspecify.annotations.NullMarked;
