package io.stagepost.testkit.contract;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Limits.RetryBudget;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Subscription;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.StressOracle.Member;
import io.stagepost.testkit.contract.StressOracle.Run;
import io.stagepost.testkit.contract.StressPlan.Incident;
import io.stagepost.testkit.contract.TransportHarness.Fault;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The members of one subscription: they join, leave, crash and are thrown out. */
final class Crowd {
  private static final int CONCURRENCY = 6;
  private static final int IN_FLIGHT = 50;

  /** What a member does with an event, watched by the oracle. */
  interface Handling {
    CompletionStage<Outcome> handle(Run run, Event<Step> event);
  }

  /** A member and what it runs on. */
  private record Consumer(
      Member member, Transport transport, Messaging messaging, Subscription subscription) {}

  /** A crashed member, which is closed once the broker has given it up for certain. */
  private record Crashed(Messaging messaging, long since) {}

  private final Contract contract;
  private final StressPlan plan;
  private final StressOracle oracle;
  private final int most;
  private final String group;
  private final EventType<Step> type;
  private final Handling handling;
  private final List<Consumer> consumers = new ArrayList<>();
  private final Deque<Crashed> crashed = new ArrayDeque<>();
  private final List<CompletableFuture<Void>> closing = new ArrayList<>();
  private final Map<Incident, Integer> incidents = new EnumMap<>(Incident.class);
  private int joined;

  Crowd(
      Contract contract,
      StressPlan plan,
      StressOracle oracle,
      int most,
      String group,
      EventType<Step> type,
      Handling handling) {
    this.contract = contract;
    this.plan = plan;
    this.oracle = oracle;
    this.most = most;
    this.group = group;
    this.type = type;
    this.handling = handling;
  }

  int size() {
    return consumers.size();
  }

  /** What has befallen them, and how often. */
  Map<Incident, Integer> incidents() {
    return incidents;
  }

  void befall(Incident incident) {
    if (happens(incident)) {
      incidents.merge(incident, 1, Integer::sum);
    }
  }

  private boolean happens(Incident incident) {
    switch (incident) {
      case JOIN -> {
        if (consumers.size() == most) {
          return false;
        }
        join();
      }
      case LEAVE -> {
        if (consumers.size() == 1) {
          return false;
        }
        close(consumers.remove(plan.oneOf(consumers.size())).messaging);
      }
      case CRASH -> {
        if (!can(Fault.CRASH)) {
          return false;
        }
        Consumer doomed = consumers.remove(plan.oneOf(consumers.size()));
        oracle.dying(doomed.member);
        contract.given().crash(doomed.transport);
        oracle.dead(doomed.member);
        crashed.add(new Crashed(doomed.messaging, System.nanoTime()));
        if (consumers.isEmpty()) {
          join();
        }
      }
      case LOSS -> {
        if (!can(Fault.LOST_ASSIGNMENT)) {
          return false;
        }
        oracle.losing();
        contract.given().loseAssignments(group);
      }
      case NOTHING -> {}
    }
    return true;
  }

  private boolean can(Fault fault) {
    return !contract.given().cannot().containsKey(fault);
  }

  void join() {
    Member member = new Member(++joined, CONCURRENCY);
    Transport transport = contract.given().connect(Provisioning.CREATE);
    WatchedTransport watched = new WatchedTransport(transport);
    Messaging messaging = contract.over(watched);
    Subscription subscription =
        messaging
            .subscribe(group)
            .policy(Contract.PATIENT.crashes(1_000)) // it dies much, and never by its own fault
            .limits(
                Limits.defaults()
                    .concurrency(CONCURRENCY)
                    .inFlight(IN_FLIGHT)
                    .retryBudget(new RetryBudget(1, 1_000_000)))
            .onAsync(type, (event, context) -> handle(member, event, watched))
            .start();
    consumers.add(new Consumer(member, transport, messaging, subscription));
  }

  private CompletionStage<Outcome> handle(
      Member member, Event<Step> event, WatchedTransport watched) {
    Assignment assignment = watched.assignment(event.id());
    return handling.handle(
        oracle.begins(member, event.data(), () -> watched.lostAt(assignment)), event);
  }

  /** On a thread of its own: others come and go while it drains. */
  private void close(Messaging messaging) {
    closing.add(
        CompletableFuture.runAsync(
            messaging::close, close -> new Thread(close, "stagepost-leaving").start()));
  }

  /** How those fare that live. */
  String health() {
    StringBuilder text = new StringBuilder();
    consumers.forEach(
        consumer ->
            text.append(consumer.member).append(": ").append(consumer.subscription.health()));
    return text.toString();
  }

  /** Completes when those that leave have left. */
  CompletableFuture<Void> left() {
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new));
  }

  /** Closes those that crashed so long ago. */
  void bury(Duration after) {
    while (!crashed.isEmpty() && System.nanoTime() - crashed.element().since > after.toNanos()) {
      close(crashed.remove().messaging);
    }
  }

  /** The oracle, having looked at the bounds of those who live. */
  StressOracle watched() {
    for (Consumer consumer : consumers) {
      oracle.bound("in flight at " + consumer.member, consumer.subscription.inFlight(), IN_FLIGHT);
    }
    return oracle;
  }
}
