package io.stagepost.testkit.contract;

import static io.stagepost.testkit.contract.TransportHarness.Fault.LOST_ASSIGNMENT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Health.Pressure;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the engine promises, proved over the transport: budgets, timeouts, deadlines, health. */
abstract class PressureContract extends FailuresContract {
  /**
   * When too many tries fail for transient reasons the subscription probes, instead of
   * dead-lettering a healthy backlog; it recovers by itself and then handles everything, in order.
   */
  @Test
  public void d12_a_backlog_outlives_a_dependency_that_is_down_and_nothing_is_dead_lettered() {
    String address = address("budget");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    AtomicBoolean down = new AtomicBoolean(true);
    Runs runs = new Runs();
    Subscription subscription =
        messaging
            .subscribe(group)
            .policy(
                Policy.defaults()
                    .retry(
                        Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(50))
                            .attempts(10)))
            .on(
                step,
                event ->
                    runs.run(
                        event,
                        () -> {
                          if (down.get()) {
                            throw new IllegalStateException("The dependency is down");
                          }
                        }))
            .start();
    publish(messaging, step, 30, 0, 2);
    await().until(() -> subscription.state() == Subscription.State.PROBING);
    quietly(
        "it probes, and gives nothing up",
        () -> subscription.state() == Subscription.State.PROBING && runs.handled() == 0);
    down.set(false);

    await().until(() -> runs.handled() == 60);
    await().until(() -> subscription.state() == Subscription.State.RUNNING);
    awaitSettled(group, address);
    checkOrder(runs);
    assertThat(messages(Policy.defaults().deadLetterAddress(address, group))).isEmpty();
  }

  /** What a handler publishes names its cause, and is in the same chain and trace. */
  @Test
  public void d16_what_a_handler_publishes_names_its_cause_and_goes_on_with_its_trace() {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Event<Step> cause =
        Step.on(address("cause")).event(new Step("key", 1)).withExtension("traceparent", trace);
    Event<Step> effect = publishedByTheHandlerOf(cause);
    assertThat(text(effect, "causationid")).isEqualTo(cause.id());
    assertThat(text(effect, "correlationid")).isEqualTo(cause.id());
    assertThat(text(effect, "traceparent")).isEqualTo(trace);
  }

  /** What a handler publishes expires no later than the event that it handles. */
  @Test
  public void d17_what_a_handler_publishes_inherits_the_expiry() {
    Instant expiry = Instant.now().plusSeconds(3_600);
    Event<Step> cause = Step.on(address("cause")).event(new Step("key", 1)).withExpiry(expiry);
    assertThat(publishedByTheHandlerOf(cause).expiry()).isEqualTo(expiry);
  }

  private Event<Step> publishedByTheHandlerOf(Event<Step> cause) {
    EventType<Step> effects = Step.on(address("effect"));
    Messaging messaging = connect();
    BlockingQueue<Event<Step>> handled = new LinkedBlockingQueue<>();
    messaging
        .subscribe(group())
        .on(cause.type(), event -> get(messaging.publish(effects.event(new Step("key", 2)))))
        .start();
    messaging.subscribe(group()).on(effects, handled::add).start();
    get(messaging.publish(cause));
    await().until(() -> !handled.isEmpty());
    return handled.remove();
  }

  /**
   * A handler whose time is over is told so, and its lane is held until it has really ended; other
   * keys go on. What it returns in the end counts.
   */
  @Test
  public void d18_an_overdue_handler_is_cancelled_and_holds_its_lane_until_it_has_ended() {
    String address = address("timeout");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Gate gate = gate();
    Runs runs = new Runs();
    AtomicReference<@Nullable Context> slow = new AtomicReference<>();
    Subscription subscription =
        messaging
            .subscribe(group)
            .policy(Policy.defaults().timeout(Duration.ofMillis(100)))
            .on(
                step,
                (event, context) -> {
                  if (event.data().equals(new Step("slow", 0))) {
                    slow.set(context);
                    runs.run(event, gate::await);
                  } else {
                    runs.note(event);
                  }
                  return Outcome.done();
                })
            .start();
    publish(messaging, step, "slow", 0, 3);
    publish(messaging, step, "quick", 0, 3);
    await()
        .until(
            () -> {
              Context running = slow.get();
              return running != null && running.isCancelled();
            });
    await().until(() -> runs.handled("quick", 2));
    await().until(() -> subscription.health().overdue() == 1);

    quietly("its lane is held", () -> runs.starts("slow").size() == 1);
    gate.open();

    await().until(() -> runs.handled("slow", 2));
    awaitSettled(group, address);
    checkOrder(runs);
    runs.checkOverlaps();
  }

  /** A handler whose delivery was lost is told so: somebody else may be handling it already. */
  @Test
  @Exercises(faults = LOST_ASSIGNMENT)
  public void d04_after_a_loss_the_run_that_goes_on_is_cancelled() {
    String address = address("cancelled");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Gate gate = gate();
    AtomicReference<@Nullable Context> first = new AtomicReference<>();
    Runs runs = new Runs();
    messaging
        .subscribe(group)
        .on(
            step,
            (event, context) -> {
              if (first.compareAndSet(null, context)) {
                gate.await();
              }
              runs.note(event);
              return Outcome.done();
            })
        .start();
    publish(messaging, step, "key", 0, 1);
    await().until(() -> gate.waiting() == 1);
    given().loseAssignments(group);

    Context lost = requireNonNull(first.get());
    await().until(lost::isCancelled);
    gate.open();
    await().until(() -> runs.handled("key", 0));
    awaitSettled(group, address);
  }

  /** A subscription at its bound says so, and its messaging too; and that it is over. */
  @Test
  public void d20_a_subscription_at_its_bound_tells_of_it_before_anything_fails() {
    EventType<Step> step = Step.on(address("pressed"));
    Messaging messaging = connect();
    Gate gate = gate();
    Runs runs = new Runs();
    Subscription subscription =
        messaging
            .subscribe(group())
            .limits(Limits.defaults().inFlight(10).laneShare(1))
            .on(step, event -> runs.run(event, gate::await))
            .start();
    assertThat(messaging.health().pressure()).isEqualTo(Pressure.OK);
    publish(messaging, step, 20, 0, 1);
    await().until(() -> subscription.health().pressure() == Pressure.FULL);
    assertThat(messaging.health().pressure()).isEqualTo(Pressure.FULL);
    assertThat(subscription.health().inFlight()).isEqualTo(10);
    gate.open();

    await().until(() -> runs.handled() == 20);
    await().until(() -> messaging.health().pressure() == Pressure.OK);
  }
}
