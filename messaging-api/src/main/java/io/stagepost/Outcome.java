package io.stagepost;

import java.time.Duration;

/** What shall become of an event after its handler has run. Immutable. */
public sealed interface Outcome {
  /** It was handled. */
  record Done() implements Outcome {
    static final Done INSTANCE = new Done();
  }

  /**
   * It need not be handled: settled as if it had been.
   *
   * @param reason why, for people
   */
  record Skip(String reason) implements Outcome {}

  /**
   * It shall be handled again after a while, and its key's successors wait, unless the policy
   * {@linkplain Policy#defer defers} so long a delay. Its limits of attempts and age apply.
   *
   * @param delay how long to wait, raised to the policy's base and cut to its cap
   */
  record RetryAfter(Duration delay) implements Outcome {}

  /**
   * It cannot be handled: it goes to the dead-letter channel, from where it can be replayed.
   *
   * @param reason why; a short stable word such as {@code no-customer} lets tools group by it
   */
  record DeadLetter(String reason) implements Outcome {}

  /**
   * It waits in the parking lot for a person's decision.
   *
   * @param reason why, for that person
   */
  record Park(String reason) implements Outcome {}

  /**
   * It was handled.
   *
   * @return the outcome
   */
  static Outcome done() {
    return Done.INSTANCE;
  }

  /**
   * It need not be handled.
   *
   * @param reason why, for people
   * @return the outcome
   */
  static Outcome skip(String reason) {
    return new Skip(reason);
  }

  /**
   * It shall be handled again after a while.
   *
   * @param delay how long to wait
   * @return the outcome
   */
  static Outcome retryAfter(Duration delay) {
    return new RetryAfter(delay);
  }

  /**
   * It cannot be handled.
   *
   * @param reason why: a short stable word
   * @return the outcome
   */
  static Outcome deadLetter(String reason) {
    return new DeadLetter(reason);
  }

  /**
   * It waits for a person's decision.
   *
   * @param reason why
   * @return the outcome
   */
  static Outcome park(String reason) {
    return new Park(reason);
  }
}
