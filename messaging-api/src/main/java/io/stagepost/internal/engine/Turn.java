package io.stagepost.internal.engine;

import io.stagepost.internal.engine.Passage.Next;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A lane's turn: the passages that a worker has taken from its front, tried one after the other. It
 * ends when all have left, when one is to be tried again, or when the engine stops; then the rest
 * returns to the lane. While a passage waits for an asynchronous handler, or several for their
 * batch, no thread is held.
 */
final class Turn implements Runnable {
  private static final Logger LOG = System.getLogger(Engine.class.getName());
  private static final Duration AFTER_FAULT = Duration.ofSeconds(1);

  final Lane lane;
  final List<Passage> passages;
  private final Engine engine;

  /** How many were handled. */
  private int succeeded;

  Turn(Engine engine, Lane lane, List<Passage> passages) {
    this.engine = engine;
    this.lane = lane;
    this.passages = passages;
  }

  int succeeded() {
    return succeeded;
  }

  @Override
  public void run() {
    for (int i = 0; i < passages.size(); i++) {
      Passage passage = passages.get(i);
      if (!passage.isHeld()) {
        continue;
      }
      if (engine.isToStop(i)) {
        engine.end(this, i, null, 1);
        return;
      }
      CompletableFuture<Next> next = begin(passage);
      if (!next.isDone()) {
        await(i, next);
        return;
      }
      Duration delay = left(passage, next);
      if (delay != null) {
        engine.end(this, i, delay, 1);
        return;
      }
    }
    engine.end(this, passages.size(), null, 1);
  }

  /** Waits for a passage, and for those behind it that join its batch. */
  private void await(int first, CompletableFuture<Next> next) {
    List<CompletableFuture<Next>> travelling = new ArrayList<>(1);
    travelling.add(next);
    if (passages.get(first).isGathering()) {
      for (int i = first + 1; i < passages.size(); i++) {
        Passage ahead = passages.get(i - 1);
        CompletionStage<Next> follows = passages.get(i).follow(ahead);
        if (follows == null) {
          break;
        }
        travelling.add(follows.toCompletableFuture());
      }
      engine.stepAside(this);
    }
    var unused =
        CompletableFuture.allOf(travelling.toArray(CompletableFuture<?>[]::new))
            .whenComplete((done, fault) -> resume(first, travelling));
  }

  private void resume(int first, List<CompletableFuture<Next>> travelling) {
    for (int i = 0; i < travelling.size(); i++) {
      Duration delay = left(passages.get(first + i), travelling.get(i));
      if (delay != null) {
        engine.end(this, first + i, delay, 0);
        return;
      }
    }
    engine.end(this, first + travelling.size(), null, 0);
  }

  /** Settles it if its outcome is final; returns the delay if it is to be tried again. */
  private @Nullable Duration left(Passage passage, CompletableFuture<Next> ended) {
    Next next = result(ended);
    if (next instanceof Next.Again again) {
      return again.delay();
    }
    if (((Next.Settle) next).success()) {
      succeeded++;
    }
    try {
      passage.settle();
    } catch (RuntimeException | Error fault) {
      // Not settled, it is delivered again some day; its lane goes on.
      LOG.log(Level.ERROR, "SP-API-029 An event was handled, but could not be settled.", fault);
    }
    return null;
  }

  private static CompletableFuture<Next> begin(Passage passage) {
    try {
      return passage.travel().toCompletableFuture();
    } catch (RuntimeException | Error fault) {
      return CompletableFuture.failedFuture(fault);
    }
  }

  /** What is next; a fault of the road itself is told and tried again, never dropped. */
  private static Next result(CompletableFuture<Next> next) {
    try {
      return next.join();
    } catch (RuntimeException fault) {
      LOG.log(Level.ERROR, "SP-API-006 The consume road failed; the event is tried again.", fault);
      return new Next.Again(AFTER_FAULT);
    }
  }
}
