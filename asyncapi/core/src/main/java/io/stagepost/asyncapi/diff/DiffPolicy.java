package io.stagepost.asyncapi.diff;

import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * How two versions are compared. Immutable.
 *
 * @param today the day against which sunsets and waivers are held
 * @param models what a JSON Schema means that does not say whether there may be more properties
 * @param replay whether messages are read again after the change that were sent before it
 * @param sealed whether subscribers fail at a type of message that they do not know
 */
public record DiffPolicy(LocalDate today, Models models, Replay replay, boolean sealed) {
  /** What a JSON Schema's objects mean; {@code docs/contracts/diff.md} argues them. */
  public enum Models {
    /**
     * Writers write only what the schema names; readers ignore what it does not name, unless it
     * says {@code additionalProperties: false}.
     */
    DECLARED,
    /** The same, and readers ignore what the schema does not name whatever it says. */
    TOLERANT,
    /** The letter of JSON Schema: writers write anything under names that it does not name. */
    STRICT
  }

  /** Whether a log is replayed. */
  public enum Replay {
    /** Where the channel's protocol or bindings say that there is a log: Kafka, streams. */
    AUTO,
    /** Everywhere. */
    ALWAYS,
    /** Nowhere. */
    NEVER
  }

  /**
   * Today (UTC), models as declared, replay where there is a log, subscribers that are not sealed.
   *
   * @return the policy
   */
  public static DiffPolicy standard() {
    return new DiffPolicy(LocalDate.now(ZoneOffset.UTC), Models.DECLARED, Replay.AUTO, false);
  }

  /**
   * A copy for another day.
   *
   * @param day the day
   * @return the copy
   */
  public DiffPolicy on(LocalDate day) {
    return new DiffPolicy(day, models, replay, sealed);
  }
}
