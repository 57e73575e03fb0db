package io.stagepost.samples.shop.launcher;

import io.stagepost.samples.shop.launcher.FaultPlan.Strike;
import java.io.IOException;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Carries out a plan of faults, one after the other, until each kind has struck often enough or the
 * run is over. A strike counts only if an event was in flight across it: published before, and not
 * handled after.
 */
final class Strikes {
  private static final long LOOK_MS = 50;
  private static final long SESSION_LIMIT_S = 30;

  private final FaultPlan plan;
  private final int rounds;

  /** How many lines are judged at least between two strikes, so that the second hits work. */
  private final long breather;

  /** How many lines the input may be ahead: they are in flight when something strikes. */
  private final long ahead;

  private final Infrastructure infrastructure;
  private final Books books;
  private final Map<FaultPlan.Consumer, ServiceProcess> consumers;
  private final Terminal terminal;
  private final Consumer<String> failure;
  private final Map<FaultKind, Long> counted = new EnumMap<>(FaultKind.class);
  private final Thread thread = new Thread(this::run, "strikes");
  private volatile boolean over;

  /** When all that the services have the broker make was there. */
  private long began;

  /**
   * Strikes that have not begun.
   *
   * @param lines how many there are
   * @param rounds how often each kind is to strike
   * @param failure told when it cannot go on
   */
  Strikes(
      FaultPlan plan,
      long lines,
      int rounds,
      Infrastructure infrastructure,
      Books books,
      Map<FaultPlan.Consumer, ServiceProcess> consumers,
      Terminal terminal,
      Consumer<String> failure) {
    this.plan = plan;
    this.rounds = rounds;
    this.breather = lines / 100;
    this.ahead = lines / 10;
    this.infrastructure = infrastructure;
    this.books = books;
    this.consumers = consumers;
    this.terminal = terminal;
    this.failure = failure;
  }

  void start() {
    began = System.nanoTime();
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends them, the one under way included; returns how often each kind has struck. */
  Map<FaultKind, Long> end() throws InterruptedException {
    over = true;
    thread.join();
    return counted;
  }

  /** Ends them in a hurry. */
  void stop() {
    over = true;
    thread.interrupt();
  }

  private void run() {
    try {
      long judged = 0;
      for (Strike strike = plan.next(); !over && isAnyMissing(); strike = plan.next()) {
        if (isMissing(strike.kind())) {
          carryOut(strike, Math.max(strike.atLine(), judged + breather));
          judged = books.flow().judged();
        }
      }
      books.openGate(Long.MAX_VALUE);
    } catch (IOException | SQLException | RuntimeException unexpected) {
      failure.accept("a fault could not be made: " + unexpected);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isAnyMissing() {
    return counted.values().stream().filter(times -> times >= rounds).count()
        < FaultPlan.FROM_OUTSIDE.size();
  }

  private boolean isMissing(FaultKind kind) {
    return counted.getOrDefault(kind, 0L) < rounds;
  }

  /** Waits until a strike is due and has something to hit, and strikes. */
  private void carryOut(Strike strike, long atLine)
      throws IOException, SQLException, InterruptedException {
    // First of all, and with no lines let in: to ask may take longer than they are in flight.
    while (!over && !isReady(strike)) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    boolean struck = false;
    while (!struck && !over) {
      Flow before = books.flow();
      books.openGate(Math.max(before.judged(), atLine) + ahead);
      if (before.judged() >= atLine) {
        struck = before.inFlight(strike, before) > 0 && isCarriedOut(strike, before);
      }
      if (!struck) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      }
    }
  }

  /**
   * A consumer that is still joining has no session to lose, and a broker may lose what it has only
   * just been told to make.
   */
  private boolean isReady(Strike strike) throws IOException, InterruptedException {
    Broker broker = infrastructure.broker();
    return switch (strike.kind()) {
      case CONSUMER_STOPPED -> broker.hasMembers(consumer(strike).name());
      case BROKER_KILLED -> System.nanoTime() - began > broker.settles().toNanos();
      case PAYMENT_KILLED, CONNECTIONS_CUT, HANDLER_FAILED -> true;
    };
  }

  private ServiceProcess consumer(Strike strike) {
    return Objects.requireNonNull(consumers.get(strike.consumer()), "the process to strike");
  }

  /** Strikes; returns false if it has to be tried again, having done nothing that matters. */
  private boolean isCarriedOut(Strike strike, Flow before)
      throws IOException, SQLException, InterruptedException {
    switch (strike.kind()) {
      case PAYMENT_KILLED -> {
        boolean killed = consumer(strike).kill();
        count(strike, killed ? before.inFlight(strike, books.flow()) : 0, "payment killed");
      }
      case BROKER_KILLED -> {
        infrastructure.killBroker();
        count(strike, before.inFlight(strike, books.flow()), "broker killed");
        infrastructure.restartBroker();
        terminal.say("fault: the broker is there again");
      }
      case CONNECTIONS_CUT -> {
        int connections = infrastructure.cutConnections();
        long inFlight = connections > 0 ? before.inFlight(strike, books.flow()) : 0;
        count(strike, inFlight, connections + " connections cut");
      }
      case CONSUMER_STOPPED -> {
        return isStoppedLongEnough(strike, consumer(strike));
      }
      case HANDLER_FAILED -> throw new IllegalArgumentException("not from outside: " + strike);
    }
    return true;
  }

  /**
   * Stops a consumer until its group knows it no more. If that hits nothing it goes on at once, and
   * was stopped for too short a time to notice.
   */
  private boolean isStoppedLongEnough(Strike strike, ServiceProcess consumer)
      throws IOException, SQLException, InterruptedException {
    try (ServiceProcess.Stopper stopper = consumer.stopper()) {
      Flow before = books.flow();
      boolean stopped = stopper != null && stopper.stop();
      long inFlight = before.inFlight(strike, books.flow());
      if (!stopped || inFlight == 0) {
        return false;
      }
      boolean expelled = awaitNoMembers(consumer.name());
      count(strike, expelled ? inFlight : 0, consumer.name() + " stopped past its session");
      return true;
    }
  }

  private boolean awaitNoMembers(String group) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SESSION_LIMIT_S);
    while (infrastructure.broker().hasMembers(group)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
    return true;
  }

  private void count(Strike strike, long inFlight, String what) {
    if (inFlight > 0) {
      counted.merge(strike.kind(), 1L, Long::sum);
    }
    terminal.say(
        inFlight > 0
            ? "fault: %s with %d events in flight (%s, %d of %d)"
                .formatted(what, inFlight, strike.kind().word(), counted.get(strike.kind()), rounds)
            : "fault: %s, but it hit nothing in flight and does not count".formatted(what));
  }
}
