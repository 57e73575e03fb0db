package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.spi.Transport;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes plans: looks at every letter that is chosen, and sends nothing. Immutable. */
public final class Planner {
  private final Transport transport;
  private final Ledger ledger;
  private final String by;
  private final InstantSource clock = Clock.systemUTC();
  private final Choice choice;

  private Planner(Transport transport, Ledger ledger, String by, Choice choice) {
    this.transport = transport;
    this.ledger = ledger;
    this.by = by;
    this.choice = choice;
  }

  /** What a planner was told. */
  record Choice(Filter filter, long limit, Terms terms, Check check, @Nullable Upcast upcast) {}

  /** Looks at a letter before it is sent, against a contract or a registry. */
  @FunctionalInterface
  public interface Check {
    /**
     * Whether it may be sent.
     *
     * @param letter the letter, as it would be sent: with its new id, and encoded anew, if that is
     *     wanted
     * @return what is wrong with it; empty if nothing
     */
    Optional<Refusal> refuse(Letter letter);
  }

  /**
   * A planner of replays of all letters, each to go where it came from.
   *
   * @param transport the broker; it stays the caller's
   * @param ledger says what has been dealt with
   * @param by who plans
   * @return a planner
   */
  public static Planner of(Transport transport, Ledger ledger, String by) {
    return new Planner(
        requireNonNull(transport, "transport"),
        requireNonNull(ledger, "ledger"),
        requireNonNull(by, "by"),
        new Choice(Filter.all(), Long.MAX_VALUE, Terms.replay(), letter -> Optional.empty(), null));
  }

  /**
   * A copy that chooses.
   *
   * @param filter which letters
   * @return the copy
   */
  public Planner choosing(Filter filter) {
    return with(
        new Choice(filter, choice.limit(), choice.terms(), choice.check(), choice.upcast()));
  }

  /**
   * A copy that takes the first of those that are chosen.
   *
   * @param letters how many at most, positive
   * @return the copy
   */
  public Planner atMost(long letters) {
    return with(
        new Choice(choice.filter(), letters, choice.terms(), choice.check(), choice.upcast()));
  }

  /**
   * A copy with other terms.
   *
   * @param terms what is to become of the letters
   * @return the copy
   */
  public Planner on(Terms terms) {
    return with(
        new Choice(choice.filter(), choice.limit(), terms, choice.check(), choice.upcast()));
  }

  /**
   * A copy that looks closer.
   *
   * @param check beside the planner's own checks
   * @return the copy
   */
  public Planner checking(Check check) {
    return with(
        new Choice(choice.filter(), choice.limit(), choice.terms(), check, choice.upcast()));
  }

  /**
   * A copy that tries whether letters can be encoded anew, where the terms say so.
   *
   * @param upcast how
   * @return the copy
   */
  public Planner upcasting(Upcast upcast) {
    return with(
        new Choice(choice.filter(), choice.limit(), choice.terms(), choice.check(), upcast));
  }

  private Planner with(Choice other) {
    return new Planner(transport, ledger, by, other);
  }

  /**
   * Makes a plan of what lies at an address now and has not been dealt with; for {@link
   * Terms.Action#RESTORE}, of what was discarded.
   *
   * @param address the dead-letter address; the parking lot for {@link Terms.Action#UNPARK}
   * @return the plan; of no letters, if none is left
   * @throws io.stagepost.MessagingException {@code SP-DLQ-013} if its name does not say what goes
   *     with it, and the terms do not either; {@code SP-DLQ-014} and {@code SP-DLQ-015} if the
   *     terms cannot be kept; {@code SP-DLQ-163} if they send letters to the address itself
   */
  public Plan plan(String address) {
    choice.terms().requireElsewhere(address);
    return new Draft(transport, ledger.state(address), choice).plan(address, by, clock.instant());
  }

  /**
   * What a run of a plan would find now. Sends and notes nothing; reads the address as far as the
   * plan goes.
   *
   * @param plan one that was made before
   * @return as of now
   */
  public Outlook outlook(Plan plan) {
    return Outlook.of(transport, ledger.state(plan.address()), plan);
  }
}
