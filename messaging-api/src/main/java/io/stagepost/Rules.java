package io.stagepost;

import io.stagepost.Overlay.Instructions;
import java.util.function.Supplier;

/**
 * What a subscription goes by: policy and limits as they were built, and over them what the
 * operator's overlay says at the moment. Thread-safe; what is read twice may differ.
 */
final class Rules {
  private final String subscription;
  private final Policy policy;
  private final Limits limits;
  private final Supplier<Instructions> overlay;
  private volatile Now now;

  /** All that is in force, so that it changes at once. */
  private record Now(Policy policy, Limits limits, Instructions instructions) {}

  /**
   * As they were built, and overlaid.
   *
   * @param overlay what operators say at the moment
   * @throws MessagingException {@code SP-API-046} if that does not go with what was built
   */
  Rules(SubscriptionBuilder<?> built, Supplier<Instructions> overlay) {
    this.subscription = built.name;
    this.policy = built.policy;
    this.limits = built.limits;
    this.overlay = overlay;
    this.now = overlaid(overlay.get());
  }

  private Now overlaid(Instructions instructions) {
    try {
      return new Now(instructions.over(policy), instructions.over(limits), instructions);
    } catch (IllegalArgumentException contradiction) {
      throw new MessagingException(
          "SP-API-046",
          "What the overlay "
              + instructions.where()
              + " says does not go with the policy of "
              + subscription
              + ": "
              + contradiction.getMessage()
              + ".",
          contradiction);
    }
  }

  /** Throws what is wrong with instructions. */
  void check(Instructions instructions) {
    var unused = overlaid(instructions);
  }

  /** Goes by what operators say now. */
  void renew() {
    now = overlaid(overlay.get());
  }

  Policy policy() {
    return now.policy;
  }

  Limits limits() {
    return now.limits;
  }

  /** Whether events of a type go to the parking lot unhandled. */
  boolean parks(String type) {
    return now.instructions.parks(type);
  }

  /** Whether nothing new is to be taken. */
  boolean isPaused() {
    return now.instructions.pause();
  }

  /** For people. */
  Instructions instructions() {
    return now.instructions;
  }
}
