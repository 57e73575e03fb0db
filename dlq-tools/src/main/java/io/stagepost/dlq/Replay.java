package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a plan: sends each of its letters where it is to go, and notes in the {@link Ledger}
 * what the broker has confirmed. Carried out again after it was cut short, it goes on where it was:
 * what is noted is not sent again, and what was in flight may be, with the same id. Used once; not
 * thread-safe, but for {@link #stop}.
 */
public final class Replay {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int SHORT = 12;

  private final Transport transport;
  private final Ledger ledger;
  private final Plan plan;
  private final Settings settings;
  private final Duration silence;
  private final @Nullable Upcast upcast;
  private final StopSignal stop = new StopSignal();

  /**
   * A run of a plan.
   *
   * @param transport the broker; it stays the caller's
   * @param ledger the broker's ledger
   * @param plan what to send
   * @param settings how
   */
  public Replay(Transport transport, Ledger ledger, Plan plan, Settings settings) {
    this(transport, ledger, plan, settings, Claim.SILENCE);
  }

  Replay(Transport transport, Ledger ledger, Plan plan, Settings settings, Duration silence) {
    this(transport, ledger, plan, settings, silence, null);
  }

  private Replay(
      Transport transport,
      Ledger ledger,
      Plan plan,
      Settings settings,
      Duration silence,
      @Nullable Upcast upcast) {
    this.transport = requireNonNull(transport, "transport");
    this.ledger = requireNonNull(ledger, "ledger");
    this.plan = requireNonNull(plan, "plan");
    this.settings = requireNonNull(settings, "settings");
    this.silence = silence;
    this.upcast = upcast;
  }

  /**
   * A copy that can encode letters anew, which the plan may ask for.
   *
   * @param upcast how
   * @return the copy
   */
  public Replay upcasting(Upcast upcast) {
    return new Replay(transport, ledger, plan, settings, silence, requireNonNull(upcast));
  }

  /**
   * A copy that takes another time to tell a run that has died from one that is at work.
   *
   * @param silence how long a run may be silent until it counts as dead, 15 s unless told
   *     otherwise: the same for all that share a ledger
   * @return the copy
   */
  public Replay takingOverAfter(Duration silence) {
    return new Replay(transport, ledger, plan, settings, requireNonNull(silence), upcast);
  }

  /**
   * How a plan is carried out.
   *
   * @param rate how many letters a second at most, positive; infinite for no limit
   * @param maxInFlight how many letters are sent and not noted in the ledger at most; so many may
   *     be sent twice by a run that was killed
   * @param canary how many letters go first, to be watched, all if there are fewer; 0 for none
   * @param minSuccess which share of the canary must be published and handled, and not come back,
   *     in percent; where the broker does not tell what is handled, must not come back
   * @param settle how long the canary is watched at most, and what comes back at the end
   * @param stopOnRefail whether the run stops when a letter comes back
   * @param allowDrift whether it goes on though letters of the plan are gone
   */
  public record Settings(
      double rate,
      int maxInFlight,
      int canary,
      double minSuccess,
      Duration settle,
      boolean stopOnRefail,
      boolean allowDrift) {
    /**
     * No limit of rate, 5,000 in flight, no canary, 100 % of it, 10 s to settle.
     *
     * @return the defaults
     */
    public static Settings defaults() {
      return new Settings(
          Double.POSITIVE_INFINITY, 5_000, 0, 100, Duration.ofSeconds(10), false, false);
    }

    /**
     * Checks the bounds.
     *
     * @param rate how many letters a second at most
     * @param maxInFlight how many letters are sent and not noted at most
     * @param canary how many letters go first
     * @param minSuccess which share of the canary must not die again
     * @param settle how long the canary is watched at most
     * @param stopOnRefail whether the run stops when a letter comes back
     * @param allowDrift whether it goes on though letters of the plan are gone
     */
    public Settings {
      require(rate > 0, "rate", rate, "positive");
      require(maxInFlight > 0, "max-inflight", maxInFlight, "positive");
      require(canary >= 0, "canary", canary, "0 or more");
      require(minSuccess >= 0 && minSuccess <= 100, "min-success", minSuccess, "between 0 and 100");
      require(!settle.isNegative(), "settle", settle, "0 or more");
    }

    private static void require(boolean holds, String name, Object value, String rule) {
      if (!holds) {
        throw new MessagingException("SP-DLQ-011", name + " is " + value + "; it must be " + rule);
      }
    }
  }

  /**
   * How far a run is.
   *
   * @param planned how many letters the plan has
   * @param before how many of them had been dealt with before
   * @param sent how many this run has sent
   * @param noted how many of those the ledger says are resolved
   * @param refused how many the broker has refused
   * @param unknown of how many it is not known whether the broker has them
   * @param died how many came back
   * @param failedGroups how many of each group could not be sent, by its fingerprint; at most a
   *     hundred groups
   */
  public record Progress(
      long planned,
      long before,
      long sent,
      long noted,
      long refused,
      long unknown,
      long died,
      Map<String, Long> failedGroups) {}

  /**
   * How a run ended.
   *
   * @param outcome in a word
   * @param progress how far it came
   * @param failures the first letters that could not be sent, with why, by id
   * @param missing how many letters of the plan were gone, or were others
   * @param remarks what else a person should know, in sentences: what was seen of the canary, and
   *     how the plan has drifted
   */
  public record Report(
      Outcome outcome,
      Progress progress,
      Map<String, String> failures,
      long missing,
      List<String> remarks) {
    /** How a run ended. */
    public enum Outcome {
      /** All letters of the plan are resolved. */
      DONE,
      /** Some letters could not be sent; they are unresolved as before. */
      INCOMPLETE,
      /** Letters of the plan are gone, or others lie in their places. */
      DRIFTED,
      /** Too many letters of the canary, or one at all, came back. */
      CAME_BACK,
      /** Too many letters of the canary were refused, or not handled while it was watched. */
      NOT_HANDLED,
      /** The destination refused all letters that were sent to it. */
      REFUSED,
      /** Somebody asked it to end. */
      CANCELLED,
      /** It was {@linkplain Replay#stop stopped}, and can go on. */
      INTERRUPTED
    }
  }

  /** Is told how far a run is, about twice a second, on a thread of the run. */
  @FunctionalInterface
  public interface Listener {
    /**
     * How far it is.
     *
     * @param progress as of now
     */
    void progress(Progress progress);
  }

  /**
   * Carries the plan out. Blocks until it is done, or cannot go on. Where letters are to be sent
   * must exist; a transport that creates what is missing creates it.
   *
   * @param listener is told how far it is
   * @return how it ended
   * @throws MessagingException {@code SP-DLQ-003} if another run holds the address; {@code
   *     SP-DLQ-016} if there is no such address to send to; {@code SP-DLQ-200} if the ledger tells
   *     of another address of that name; others if the broker cannot be asked
   */
  public Report run(Listener listener) {
    Outgoing outgoing = new Outgoing(transport, plan.terms(), upcast);
    requireDestinations();
    ledger.provision(plan.address());
    try (Claim claim = Claim.of(ledger, plan.run(), plan.address(), note(), silence, stop)) {
      Report report = carryOut(claim, outgoing, listener);
      claim.end(report.outcome().name().toLowerCase(Locale.ROOT));
      return report;
    }
  }

  private Report carryOut(Claim claim, Outgoing outgoing, Listener listener) {
    ledger.requireSame(plan.address(), claim.look(Ledger.State::traces));
    Positions planned = Positions.read(plan.positions());
    Positions left = claim.look(state -> planned.open(state, plan.terms().action().kind()));
    try (Sender sender = transport.sender(TIMEOUT)) {
      Dispatch dispatch =
          new Dispatch(
              sender,
              (kind, confirmed) ->
                  ledger.appendLater(
                      kind,
                      plan.run(),
                      plan.address(),
                      confirmed.letters(),
                      null,
                      null,
                      confirmed.mark()),
              settings,
              plan.terms().order() != Terms.Order.AS_IT_LIES,
              stop,
              planned.size(),
              planned.size() - left.size(),
              listener);
      return new Course(transport, plan, settings, stop, claim, dispatch, outgoing, left).run();
    }
  }

  /**
   * Asks the run to stop in order: it sends nothing more, waits until what is in flight is
   * answered, notes it, and ends as {@link Report.Outcome#INTERRUPTED}. Any thread may ask, also
   * before it begins.
   */
  public void stop() {
    stop.give();
  }

  private void requireDestinations() {
    List<Need> needs = new ArrayList<>();
    plan.destinations().keySet().forEach(address -> needs.add(Need.channel(address)));
    if (needs.isEmpty()) {
      return;
    }
    List<String> problems = transport.topology().provision(needs).problems();
    if (!problems.isEmpty()) {
      throw new MessagingException(
          "SP-DLQ-016",
          "The plan "
              + plan.run()
              + " cannot be carried out, and nothing was sent: "
              + String.join(" ", problems));
    }
  }

  private String note() {
    Terms terms = plan.terms();
    return terms.action().name().toLowerCase(Locale.ROOT)
        + " "
        + plan.letters()
        + (plan.letters() == 1 ? " letter, plan " : " letters, plan ")
        + plan.sha256().substring(0, SHORT)
        + (plan.destinations().isEmpty()
            ? ""
            : ", to " + String.join(", ", plan.destinations().keySet()));
  }
}
