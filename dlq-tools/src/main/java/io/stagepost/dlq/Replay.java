package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a plan: sends each of its letters again, and notes in the {@link Ledger} what the
 * broker has confirmed. Carried out again after it was cut short, it goes on where it was: what is
 * noted is not sent again, and what was in flight may be, with the same id. Used once; not
 * thread-safe, but for {@link Progress}.
 */
public final class Replay {
  private final Transport transport;
  private final Ledger ledger;
  private final Plan plan;
  private final Settings settings;
  private final Duration silence;

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
    this.transport = requireNonNull(transport, "transport");
    this.ledger = requireNonNull(ledger, "ledger");
    this.plan = requireNonNull(plan, "plan");
    this.settings = requireNonNull(settings, "settings");
    this.silence = silence;
  }

  /**
   * How a plan is carried out.
   *
   * @param rate how many letters a second at most, positive; infinite for no limit
   * @param maxInFlight how many letters are sent and not noted in the ledger at most; so many may
   *     be sent twice by a run that was killed
   * @param canary how many letters go first, to be watched; 0 for none
   * @param minSuccess which share of the canary must not die again, in percent
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
   */
  public record Progress(
      long planned, long before, long sent, long noted, long refused, long unknown, long died) {}

  /**
   * How a run ended.
   *
   * @param outcome in a word
   * @param progress how far it came
   * @param failures the first letters that could not be sent, with why, by id
   * @param missing how many letters of the plan were gone
   */
  public record Report(
      Outcome outcome, Progress progress, Map<String, String> failures, long missing) {
    /** How a run ended. */
    public enum Outcome {
      /** All letters of the plan are resolved. */
      DONE,
      /** Some letters could not be sent; they are unresolved as before. */
      INCOMPLETE,
      /** Letters of the plan are gone, or the address is another. */
      DRIFTED,
      /** Too many letters of the canary, or one at all, came back. */
      CAME_BACK,
      /** Somebody asked it to end. */
      CANCELLED
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
   * Carries the plan out. Blocks until it is done, or cannot go on.
   *
   * @param listener is told how far it is
   * @return how it ended
   * @throws MessagingException {@code SP-DLQ-003} if another run holds the address; others if the
   *     broker cannot be asked
   */
  public Report run(Listener listener) {
    ledger.provision(plan.address());
    try (Claim claim = Claim.of(ledger, plan.run(), plan.address(), note(), silence)) {
      Ledger.State state = ledger.state(plan.address());
      Positions wanted = Positions.read(plan.positions());
      long planned = wanted.size();
      Map<String, String> first = new TreeMap<>(plan.first());
      if (!settings.allowDrift() && isAnother(state, first)) {
        return new Report(
            Report.Outcome.DRIFTED, new Progress(planned, 0, 0, 0, 0, 0, 0), Map.of(), planned);
      }
      try (Sender sender = transport.sender(Duration.ofSeconds(30))) {
        Function<Letter, Message> outgoing =
            letter ->
                Outgoing.of(
                    letter, requireNonNull(Outgoing.destination(letter, plan.to())), plan.run());
        Dispatch dispatch =
            new Dispatch(
                sender,
                outgoing,
                noted -> ledger.append(Kind.REPLAYED, plan.run(), plan.address(), noted, null),
                settings,
                planned,
                listener);
        Report report = new Course(claim, dispatch, state, wanted).run();
        claim.end(report.outcome().name().toLowerCase(Locale.ROOT));
        return report;
      }
    }
  }

  private String note() {
    return plan.letters()
        + " letters, plan "
        + plan.sha256().substring(0, 12)
        + (plan.to() == null ? "" : ", to " + plan.to())
        + (plan.filter().isEmpty() ? "" : ", " + plan.filter());
  }

  /** Whether what lies where the plan's first letters were is not what it was. */
  private boolean isAnother(Ledger.State state, Map<String, String> first) {
    Letters letters = Letters.on(transport);
    return Positions.read(plan.positions()).write().entrySet().stream()
        .anyMatch(
            partition -> {
              String range = partition.getValue().get(0);
              int dash = range.indexOf('-');
              String position = dash < 0 ? range : range.substring(0, dash);
              String id =
                  partition.getKey().isEmpty() ? position : partition.getKey() + "-" + position;
              @Nullable Letter there = letters.find(plan.address(), id).orElse(null);
              return there == null
                  ? state.run(plan.run()) == null // a run that goes on has left them behind
                  : !Plan.Hash.hex(there).equals(first.get(partition.getKey()));
            });
  }

  /** The way through the address, from its beginning. */
  private final class Course {
    private final Claim claim;
    private final Dispatch dispatch;
    private final Ledger.State state;
    private final Positions left;
    private long before;
    private Report.@Nullable Outcome stopped;

    Course(Claim claim, Dispatch dispatch, Ledger.State state, Positions wanted) {
      this.claim = claim;
      this.dispatch = dispatch;
      this.state = state;
      this.left = wanted;
    }

    Report run() {
      left.retainUnresolved(state);
      before = plan.letters() - left.size();
      dispatch.startAfter(before);
      Canary canary = new Canary(transport, plan, settings);
      Letters.on(transport)
          .read(
              Browser.Selection.of(plan.address()),
              Filter.all(),
              letter -> {
                if (left.size() == 0) {
                  return false;
                }
                if (!left.contains(letter.at())) {
                  return true;
                }
                if (mustStop()) {
                  return false;
                }
                left.remove(letter.at());
                dispatch.send(letter);
                if (settings.canary() > 0 && dispatch.sent() == settings.canary()) {
                  dispatch.drain();
                  if (!canary.lives(dispatch)) {
                    stopped = Report.Outcome.CAME_BACK;
                    return false;
                  }
                }
                return true;
              });
      dispatch.drain();
      if (stopped == null && settings.stopOnRefail() && !canary.lives(dispatch)) {
        stopped = Report.Outcome.CAME_BACK;
      }
      return new Report(outcome(), dispatch.progress(), dispatch.failures(), missing());
    }

    private boolean mustStop() {
      if (claim.request() == Kind.CANCEL) {
        stopped = Report.Outcome.CANCELLED;
      }
      claim.awaitResume();
      return stopped != null;
    }

    private long missing() {
      return stopped == null ? left.size() : 0;
    }

    private Report.Outcome outcome() {
      if (stopped != null) {
        return stopped;
      }
      if (left.size() > 0) {
        return Report.Outcome.DRIFTED;
      }
      Progress progress = dispatch.progress();
      return progress.refused() + progress.unknown() > 0
          ? Report.Outcome.INCOMPLETE
          : Report.Outcome.DONE;
    }
  }
}
