package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.internal.engine.RetryBudget;
import io.stagepost.spi.Inbox;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
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
    flush();
  }

  /** Has what is gathered handled now, in smaller batches: its lanes are waited for. */
  void flush() {
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
    private final @Nullable Instant expiry;
    private final Gathering gathering;
    private final @Nullable Member ahead;
    private final CompletableFuture<Next> next = new CompletableFuture<>();

    /** Whether it has left unhandled, so that those behind it in its lane must not be handled. */
    private boolean left;

    /** Whether it has left, one way or the other. */
    private boolean completed;

    Member(
        Journey journey,
        Event<?> event,
        @Nullable Instant expiry,
        Gathering gathering,
        @Nullable Member ahead) {
      this.journey = journey;
      this.event = event;
      this.expiry = expiry;
      this.gathering = gathering;
      this.ahead = ahead;
    }

    /** Whether it may be handled still; if not, it leaves. */
    private boolean stays() {
      if (!left && ((ahead != null && ahead.left) || !isHeld())) {
        sendBack();
      } else if (!left && expiry != null && journey.isOver(expiry)) {
        left = true; // it may become a dead letter, which those behind it wait for
        complete(journey.expired(expiry));
      }
      return !left;
    }

    private boolean isHeld() {
      return journey.delivery().assignment().isHeld();
    }

    private void sendBack() {
      left = true;
      complete(journey.sentBack());
    }

    private void fail(Decision decision, Throwable failure, boolean probing) {
      left = true;
      complete(journey.carryOut(decision, failure, probing));
    }

    private void comeTo(Outcome outcome) {
      // Those behind it wait for one that is not handled.
      left = !(outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip);
      complete(journey.cameTo(outcome));
    }

    /** The road itself has failed; the engine tells of it, and tries again. */
    private void fault(Throwable fault) {
      if (!completed) {
        left = true;
        complete(CompletableFuture.failedFuture(fault));
      }
    }

    private void complete(CompletionStage<Next> what) {
      completed = true;
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

  /** How a run of the handler has ended; without outcomes all are done. */
  private record Ended(@Nullable List<Outcome> outcomes, @Nullable Throwable failure) {}

  /** A batch that is open, or runs. */
  private static final class Gathering {
    final List<Member> members = new ArrayList<>();
    @Nullable Future<?> timer;
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

    CompletionStage<Next> join(Journey journey, Event<T> event, @Nullable Instant expiry) {
      Gathering gathering;
      Member member;
      synchronized (this) {
        gathering = open;
        if (gathering == null) {
          Gathering begun = new Gathering();
          gathering = begun;
          open = begun;
          begun.timer =
              scheduler.schedule(
                  () -> flush(begun), Context.nanos(batch.delay()), TimeUnit.NANOSECONDS);
        }
        member = new Member(journey, event, expiry, gathering, null);
        add(gathering, member);
      }
      flushIfFull(gathering);
      return member.next;
    }

    /** Joins the batch that the one ahead in its lane waits in; null if that is not open. */
    @Nullable CompletionStage<Next> follow(
        Journey journey, Event<T> event, @Nullable Instant expiry, Member ahead) {
      Gathering gathering;
      Member member;
      synchronized (this) {
        gathering = open;
        if (gathering == null || gathering != ahead.gathering) {
          return null;
        }
        journey.countTry();
        member = new Member(journey, event, expiry, gathering, ahead);
        add(gathering, member);
      }
      journey.tellStarted(); // an observer's code, so not under the lock
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
      if (full || closed || budget.isProbing()) { // one alone is tried then: nobody else comes
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
        if (gathering.timer != null) {
          gathering.timer.cancel(false); // it would keep the batch until then
        }
      }
      if (closed) {
        gathering.members.forEach(Member::sendBack); // needs no thread, which may not be free
        return;
      }
      slots.execute(
          () -> {
            try {
              handle(gathering.members, false);
            } catch (RuntimeException | Error fault) {
              gathering.members.forEach(member -> member.fault(fault));
            }
          });
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
      Context context = begin(batch);
      if (batch.stream().anyMatch(member -> !member.isHeld())) {
        // Lost before it could be seen to run, so nobody has cancelled it: it is not begun.
        end(batch, context, null);
        handle(batch, halving);
        return;
      }
      Ended ended = call(batch, context);
      Throwable failure = end(batch, context, ended.failure());
      if (failure == null) {
        succeed(batch, ended.outcomes());
        return;
      }
      Journey first = batch.get(0).journey;
      FailureKind kind = first.kindOf(failure);
      // One run of the handler has failed, so the budget counts one.
      boolean probing = kind == FailureKind.TRANSIENT && budget.failed();
      boolean alone = batch.size() == 1; // of several nobody knows which would fail by itself
      List<Decision> decisions =
          batch.stream()
              .map(member -> member.journey.decision(kind, probing, null, alone))
              .toList();
      boolean allAgain = decisions.stream().noneMatch(Decision.DeadLetter.class::isInstance);
      if (alone || (allAgain && !halving)) {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).fail(decisions.get(i), failure, probing);
        }
        return;
      }
      halve(batch); // at least one has no try left, and nobody knows which of them is at fault
    }

    private void halve(List<Member> batch) {
      int half = batch.size() / 2;
      handle(batch.subList(0, half), true);
      handle(batch.subList(half, batch.size()), true);
    }

    private void succeed(List<Member> batch, @Nullable List<Outcome> outcomes) {
      if (outcomes == null) {
        batch.forEach(member -> member.complete(member.journey.done()));
      } else if (batch.size() > 1
          && outcomes.stream().anyMatch(Outcome.RetryAfter.class::isInstance)) {
        halve(batch); // the inbox has done nothing: one of them has a fate of its own
      } else {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).comeTo(outcomes.get(i));
        }
      }
    }

    /**
     * One run for all of them, so that the loss of any cancels it, and with the least time left.
     */
    private Context begin(List<Member> batch) {
      Journey first = batch.get(0).journey;
      Instant expiry = null;
      for (Member member : batch) {
        Instant its = member.expiry;
        expiry = expiry == null || (its != null && its.isBefore(expiry)) ? its : expiry;
      }
      Context context = first.start(first.timeout(expiry), null);
      batch.forEach(member -> member.journey.runs(context));
      return context;
    }

    private @Nullable Throwable end(
        List<Member> batch, Context context, @Nullable Throwable failure) {
      batch.forEach(member -> member.journey.runs(null));
      return batch.get(0).journey.ended(context, failure);
    }

    private Ended call(List<Member> batch, Context context) {
      List<Event<T>> events = batch.stream().map(member -> cast(member.event)).toList();
      context.enter();
      try {
        List<Inbox.@Nullable Entry> entries = new ArrayList<>(batch.size());
        batch.forEach(member -> entries.add(member.journey.entry()));
        return new Ended(
            requireNonNull(registration.batched()).handle(events, entries, context), null);
      } catch (Throwable thrown) {
        return new Ended(null, thrown);
      } finally {
        context.leave();
      }
    }

    @SuppressWarnings("unchecked") // a member of this gatherer's batches is of its type
    private Event<T> cast(Event<?> event) {
      return (Event<T>) event;
    }
  }
}
