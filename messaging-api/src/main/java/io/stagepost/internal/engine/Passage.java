package io.stagepost.internal.engine;

import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** One delivery's passage through the engine, from admission to settlement, retries included. */
public abstract class Passage {
  final Delivery delivery;
  final int size;

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
   * Tries once: the road from decoding to decision. Called by one thread at a time.
   *
   * @return completes with what is next; must not fail
   */
  protected abstract CompletionStage<Next> travel();

  /** What follows a try. */
  public sealed interface Next {
    /** The outcome is final. */
    record Settle() implements Next {
      static final Settle INSTANCE = new Settle();
    }

    /**
     * Try again, in the lane.
     *
     * @param delay after this long
     */
    record Again(Duration delay) implements Next {}

    /**
     * The outcome is final.
     *
     * @return settle
     */
    static Next settle() {
      return Settle.INSTANCE;
    }
  }
}
