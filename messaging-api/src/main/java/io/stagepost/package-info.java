/**
 * What an application imports: typed events, publishers, subscriptions and the policies they obey.
 *
 * <p>An {@link io.stagepost.EventType} describes one version of one event; {@link
 * io.stagepost.Messaging} publishes {@link io.stagepost.Event}s of it and subscribes handlers to
 * it. Nothing here knows a broker, a database or a data format: those come in through {@code
 * io.stagepost.spi}. The words are those of CloudEvents 1.0 and of the Enterprise Integration
 * Patterns.
 *
 * <p>Everything in this package is immutable or thread-safe, and says so; builders are neither and
 * belong to the thread that configures them.
 */
@NullMarked
package io.stagepost;

import org.jspecify.annotations.NullMarked;
