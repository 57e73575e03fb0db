package io.stagepost;

import io.stagepost.internal.engine.RetryBudget;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The consume road, top to bottom. The engine admits a delivery into the lane of its key and then
 * sends it down here, one at a time per lane:
 *
 * <pre>
 *   receive ─▶ admit ─▶ diverted? ─▶ crashed? ─▶ decode ─▶ expired? ─▶ duplicate? ─▶ handle ─▶ decide ─▶ settle
 *                         ▲                                                                       │
 *                         └───────────────────────── again, after a delay ◀───────────────────────┤
 *                                             dead-letter, park or defer, confirmed ◀─────────────┘
 * </pre>
 */
final class ConsumeRoad {
  static final String STEPS =
      "receive > admit > diverted? > crashed? > decode > expired? > duplicate? > handle > decide > settle";

  final String subscription;
  final Rules rules;
  final @Nullable Inbox<?> inbox;
  final Sender sender;
  final InstantSource clock;
  final LongSupplier ticker;
  final RetryBudget budget;
  final Watchdog watchdog;
  final Transport transport;
  final Map<String, Registration<?>> registrations;
  final Set<String> skipped;
  final Executor executor;
  final Observers observers;
  final @Nullable Diversions diversions;
  final Batches batches;
  final Inflated inflated;

  ConsumeRoad(
      SubscriptionBuilder<?> built,
      Rules rules,
      Subscription.Surroundings around,
      Executor executor,
      RetryBudget budget,
      Watchdog watchdog,
      @Nullable Diversions diversions,
      Batches batches) {
    this.subscription = built.name;
    this.transport = built.messaging.transport();
    this.rules = rules;
    this.registrations = Map.copyOf(built.registrations);
    this.skipped = Set.copyOf(built.skipped);
    this.inbox = built.inbox;
    this.sender = around.sender();
    this.clock = around.clock();
    this.ticker = around.ticker();
    this.observers = around.observers();
    this.executor = executor;
    this.budget = budget;
    this.watchdog = watchdog;
    this.diversions = diversions;
    this.batches = batches;
    this.inflated = new Inflated(built.limits.inFlightBytes());
  }

  Journey enter(Delivery delivery) {
    return new Journey(this, delivery);
  }
}
