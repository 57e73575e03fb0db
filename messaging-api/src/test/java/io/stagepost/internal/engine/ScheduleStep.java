package io.stagepost.internal.engine;

import static io.stagepost.internal.engine.ScheduleOracle.check;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A passage of a schedule: ends at once or later, alone or in a batch, well or not at first. */
final class ScheduleStep extends Passage {
  final TestDelivery passing;
  private final Schedule schedule;
  private final boolean batched;
  ModelBatch.@Nullable Member member;
  private boolean isFinal;

  ScheduleStep(Schedule schedule, Delivery delivery) {
    super(delivery);
    this.schedule = schedule;
    this.passing = (TestDelivery) delivery;
    this.batched = schedule.batches(passing);
  }

  @Override
  protected CompletionStage<Next> travel() {
    schedule.oracle.started(passing);
    if (batched) {
      return schedule.batch.join(this);
    }
    schedule.meanwhile();
    if (schedule.faults()) {
      schedule.oracle.ended(passing, false, true);
      throw new IllegalStateException("a fault of the road");
    }
    if (!schedule.isAsynchronous()) {
      return CompletableFuture.completedFuture(next());
    }
    CompletableFuture<Next> later = new CompletableFuture<>();
    schedule.completions.add(() -> later.complete(next()));
    return later;
  }

  @Override
  protected @Nullable CompletionStage<Next> follow(Passage ahead) {
    return batched && passing.assignment().isHeld()
        ? schedule.batch.follow(this, ((ScheduleStep) ahead).member)
        : null;
  }

  @Override
  protected boolean isGathering() {
    return member != null;
  }

  private Next next() {
    boolean again = schedule.fails();
    if (again) {
      schedule.budget.failed();
    }
    Next next =
        again
            ? new Next.Again(Duration.ofMillis(schedule.random.nextInt(50)))
            : finished(schedule.succeeds());
    schedule.oracle.ended(passing, false, again);
    return next;
  }

  Next finished(boolean success) {
    isFinal = true;
    return success ? Next.done() : Next.givenUp();
  }

  @Override
  protected void cancel(String reason) {
    check(!passing.assignment().isHeld(), "cancels what is held", passing.number);
    schedule.meanwhile();
  }

  @Override
  protected void settle() {
    check(isFinal, "settled without an outcome", passing.number);
    super.settle();
    check(passing.settled.get() == 1, "settled twice", passing.number);
    schedule.settled(passing);
    schedule.meanwhile();
  }
}
