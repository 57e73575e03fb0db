package io.stagepost.internal.engine;

import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One delivery's passage through the engine, from admission to settlement, retries included. */
public abstract class Passage {
  private final Delivery delivery;
  private final int size;

  /**
   * A passage.
   *
   * @param delivery what passes
   */
  protected Passage(Delivery delivery) {
    this.delivery = delivery;
    this.size = delivery.size();
  }

  /**
   * What passes.
   *
   * @return as given
   */
  public final Delivery delivery() {
    return delivery;
  }

  final int size() {
    return size;
  }

  final boolean isHeld() {
    return delivery.assignment().isHeld();
  }

  /**
   * Tries once: the road from decoding to decision. Called by one thread at a time.
   *
   * @return completes with what is next; must not fail
   */
  protected abstract CompletionStage<Next> travel();

  /**
   * Tries once, together with the one before it in its lane, which waits in a batch: only if it
   * joins that same batch, behind it.
   *
   * @param ahead travels, and has not ended
   * @return as {@link #travel()}; null if it does not join, and has not begun to travel
   */
  protected @Nullable CompletionStage<Next> follow(Passage ahead) {
    return null;
  }

  /**
   * Whether it waits in a batch, so that its lane gives up its place among those that run.
   *
   * @return true from {@link #travel()} on, until that completes
   */
  protected boolean isGathering() {
    return false;
  }

  /**
   * Cancels the handler that runs, if one does: its assignment was lost.
   *
   * @param reason why, for people
   */
  protected void cancel(String reason) {}

  /**
   * It is not to be handled any more, unless its handler has begun: ends what it waits for before
   * that.
   */
  protected void stopPreparing() {}

  /** Its outcome is final: tells the transport. */
  protected void settle() {
    delivery.settle();
  }

  /** What follows a try. */
  public sealed interface Next {
    /**
     * The outcome is final.
     *
     * @param success whether it was handled, as opposed to given up
     */
    record Settle(boolean success) implements Next {
      static final Settle DONE = new Settle(true);
      static final Settle GIVEN_UP = new Settle(false);
    }

    /**
     * Try again, in the lane.
     *
     * @param delay after this long; zero for at once
     */
    record Again(Duration delay) implements Next {}

    /**
     * It was handled.
     *
     * @return settle
     */
    static Next done() {
      return Settle.DONE;
    }

    /**
     * It was given up: it lies elsewhere now, or needed no handling.
     *
     * @return settle
     */
    static Next givenUp() {
      return Settle.GIVEN_UP;
    }
  }
}
