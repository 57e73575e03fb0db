/**
 * The outbox and the inbox, side by side with others, on a PostgreSQL and a Kafka that it starts.
 *
 * <p>{@link io.stagepost.benchmarks.outbox.OutboxRows} runs the rows. Each contestant has a JVM of
 * its own, in which a {@code Postbox} writes and relays letters; each run has a database and a
 * topic of its own at the {@link io.stagepost.benchmarks.outbox.Site}. What arrived is read by the
 * {@link io.stagepost.benchmarks.outbox.Oracle}, which counts what is missing, what came twice and
 * what came out of order, before anything else is made of it.
 */
@NullMarked
package io.stagepost.benchmarks.outbox;

import org.jspecify.annotations.NullMarked;
