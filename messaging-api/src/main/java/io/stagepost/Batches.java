package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConsumeRoad.Journey;
import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.internal.engine.RetryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gathers events of many lanes into batches, one open batch for each event type that is handled so.
 * Thread-safe.
 *
 * <p>A lane's events join in order, one behind the other, and the lane waits until all of them have
 * left the batch: so they are in order inside a batch and across batches. What fails for good is
 * halved until the event at fault stands alone; when an event leaves unhandled, those behind it in
 * its lane leave with it.
 */
final class Batches {
  private final RetryBudget budget;
  private final Executor slots;
  private final ScheduledExecutorService scheduler;
  private final Map<Registration<?>, Gatherer<?>> gatherers = new HashMap<>();
  private volatile boolean closed;

  /**
   * Batches of a subscription.
   *
   * @param budget counts what fails
   * @param slots runs a batch as soon as the limit of concurrency allows
   * @param scheduler tells when a batch has waited for long enough
   */
  Batches(RetryBudget budget, Executor slots, ScheduledExecutorService scheduler) {
    this.budget = budget;
    this.slots = slots;
    this.scheduler = scheduler;
  }

  @SuppressWarnings("unchecked") // a registration's gatherer is of its type
  <T> Gatherer<T> of(Registration<T> registration) {
    synchronized (gatherers) {
      return (Gatherer<T>) gatherers.computeIfAbsent(registration, Gatherer::new);
    }
  }

  /** Sends what is gathered, and what would be, back to its lanes unhandled. */
  void close() {
    closed = true;
    List<Gatherer<?>> all;
    synchronized (gatherers) {
      all = List.copyOf(gatherers.values());
    }
    all.forEach(Gatherer::flush);
  }

  /** An event in a batch. */
  static final class Member {
    private final Journey journey;
    private final Event<?> event;
    private final Duration timeout;
    private final Gathering gathering;
    private final @Nullable Member ahead;
    private final CompletableFuture<Next> next = new CompletableFuture<>();

    /** Whether it has left unhandled, so that those behind it in its lane must not be handled. */
    private boolean left;

    Member(
        Journey journey,
        Event<?> event,
        Duration timeout,
        Gathering gathering,
        @Nullable Member ahead) {
      this.journey = journey;
      this.event = event;
      this.timeout = timeout;
      this.gathering = gathering;
      this.ahead = ahead;
    }

    /** Whether it may be handled still; if not, it leaves. */
    private boolean stays() {
      if (!left && ((ahead != null && ahead.left) || !journey.delivery().assignment().isHeld())) {
        sendBack();
      }
      return !left;
    }

    private void sendBack() {
      left = true;
      complete(CompletableFuture.completedFuture(new Next.Again(Duration.ZERO)));
    }

    private void fail(Decision decision, Throwable failure, boolean probing) {
      left = true;
      complete(journey.retryOrDeadLetter(decision, failure, probing));
    }

    private void complete(CompletionStage<Next> what) {
      journey.leftBatch();
      var unused =
          what.whenComplete(
              (value, fault) -> {
                if (fault == null) {
                  next.complete(value);
                } else {
                  next.completeExceptionally(fault);
                }
              });
    }
  }

  /** A batch that is open, or runs. */
  private static final class Gathering {
    final List<Member> members = new ArrayList<>();
    boolean flushed;
  }

  /** Gathers the events of one type. */
  final class Gatherer<T> {
    private final Registration<T> registration;
    private final Batch batch;
    private @Nullable Gathering open;

    Gatherer(Registration<T> registration) {
      this.registration = registration;
      this.batch = requireNonNull(registration.batch());
    }

    CompletionStage<Next> join(Journey journey, Event<T> event, Duration timeout) {
      Gathering gathering;
      Member member;
      synchronized (this) {
        gathering = open;
        if (gathering == null) {
          Gathering begun = new Gathering();
          gathering = begun;
          open = begun;
          var unused =
              scheduler.schedule(() -> flush(begun), batch.delay().toNanos(), TimeUnit.NANOSECONDS);
        }
        member = new Member(journey, event, timeout, gathering, null);
        add(gathering, member);
      }
      flushIfFull(gathering);
      return member.next;
    }

    /** Joins the batch that the one ahead in its lane waits in; null if that is not open. */
    @Nullable CompletionStage<Next> follow(
        Journey journey, Event<T> event, Duration timeout, Member ahead) {
      Gathering gathering;
      Member member;
      synchronized (this) {
        gathering = open;
        if (gathering == null || gathering != ahead.gathering) {
          return null;
        }
        journey.begin();
        member = new Member(journey, event, timeout, gathering, ahead);
        add(gathering, member);
      }
      flushIfFull(gathering);
      return member.next;
    }

    private void add(Gathering gathering, Member member) {
      member.journey.joined(member);
      gathering.members.add(member);
    }

    private void flushIfFull(Gathering gathering) {
      boolean full;
      synchronized (this) {
        full = gathering.members.size() >= batch.size();
      }
      if (full || closed) {
        flush(gathering);
      }
    }

    void flush() {
      Gathering gathering;
      synchronized (this) {
        gathering = open;
      }
      if (gathering != null) {
        flush(gathering);
      }
    }

    private void flush(Gathering gathering) {
      synchronized (this) {
        if (gathering.flushed) {
          return;
        }
        gathering.flushed = true;
        if (open == gathering) {
          open = null;
        }
      }
      slots.execute(() -> handle(gathering.members, false));
    }

    private void handle(List<Member> members, boolean halving) {
      List<Member> batch = new ArrayList<>(members.size());
      for (Member member : members) {
        if (closed) {
          member.sendBack();
        } else if (member.stays()) {
          batch.add(member);
        }
      }
      if (batch.isEmpty()) {
        return;
      }
      Throwable failure = call(batch);
      if (failure == null) {
        batch.forEach(member -> member.complete(member.journey.done()));
        return;
      }
      Journey first = batch.get(0).journey;
      FailureKind kind = first.kindOf(failure);
      // One run of the handler has failed, so the budget counts one.
      boolean probing = kind == FailureKind.TRANSIENT && budget.failed();
      List<Decision> decisions =
          batch.stream().map(member -> member.journey.decision(kind, probing, null)).toList();
      boolean allAgain = decisions.stream().allMatch(Decision.Retry.class::isInstance);
      if (batch.size() == 1 || (allAgain && !halving)) {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).fail(decisions.get(i), failure, probing);
        }
        return;
      }
      // At least one has no try left, and nobody knows which of them is at fault.
      int half = batch.size() / 2;
      handle(batch.subList(0, half), true);
      handle(batch.subList(half, batch.size()), true);
    }

    private @Nullable Throwable call(List<Member> batch) {
      List<Event<T>> events = new ArrayList<>(batch.size());
      Duration timeout = batch.get(0).timeout;
      for (Member member : batch) {
        events.add(cast(member.event));
        timeout = member.timeout.compareTo(timeout) < 0 ? member.timeout : timeout;
      }
      Journey first = batch.get(0).journey;
      Context context = first.start(timeout, null);
      context.enter();
      Throwable failure = null;
      try {
        requireNonNull(registration.batched()).handle(List.copyOf(events));
      } catch (Throwable thrown) {
        failure = thrown;
      } finally {
        context.leave();
      }
      return first.ended(context, failure);
    }

    @SuppressWarnings("unchecked") // a member of this gatherer's batches is of its type
    private Event<T> cast(Event<?> event) {
      return (Event<T>) event;
    }
  }
}
