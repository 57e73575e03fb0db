package io.stagepost.prove;

import io.stagepost.prove.Plan.Planned;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a plan of faults, several at a time, until enough have bitten or time is up. A fault
 * strikes what is at work, or waits for it; it counts if it was carried out whole. What is done to
 * one process, the database or the broker is over before the next is done to it.
 */
final class Strikes {
  private static final Duration AIM_LIMIT = Duration.ofSeconds(20);
  private static final long LOOK_MS = 20;
  private static final long OUTAGE_MS = 7_000;
  private static final long CONFLICTS = 10;

  /** What struck, for how long, and whether that counts. */
  record Struck(Fault fault, String what, Instant from, Instant to, boolean bit) {
    @Override
    public String toString() {
      return from
          + " to "
          + to
          + ": "
          + fault.title()
          + " ("
          + what
          + ")"
          + (bit ? "" : ", not counted");
    }
  }

  /** A fault ready to be carried out. */
  private record Aimed(String what, Strike strike, Runnable leave) {}

  /** Carries it out; says whether it bit. */
  private interface Strike {
    boolean isCarriedOut() throws IOException, SQLException, InterruptedException;
  }

  private final World world;
  private final Plan plan;
  private final Options options;
  private final ConcurrentLinkedQueue<Struck> struck = new ConcurrentLinkedQueue<>();
  private final Semaphore database = new Semaphore(1);
  private final Semaphore broker = new Semaphore(1);
  private final Semaphore transactions = new Semaphore(2);

  Strikes(World world, Plan plan, Options options) {
    this.world = world;
    this.plan = plan;
    this.options = options;
  }

  /** Carries them out, and returns when the last one is over; if none is wanted, in time. */
  void run() throws InterruptedException {
    long until = System.nanoTime() + options.limit().toNanos();
    if (options.faults() == 0) {
      TimeUnit.NANOSECONDS.sleep(options.limit().toNanos());
      return;
    }
    ExecutorService executor = Executors.newCachedThreadPool();
    while (bitten() < options.faults() && System.nanoTime() < until) {
      Planned planned = plan.next();
      TimeUnit.NANOSECONDS.sleep(planned.gap().toNanos());
      Aimed aimed = aim(planned, Math.min(until, System.nanoTime() + AIM_LIMIT.toNanos()));
      if (aimed != null) {
        executor.execute(() -> carryOut(planned.fault(), aimed));
      }
    }
    executor.shutdown();
    if (!executor.awaitTermination(3, TimeUnit.MINUTES)) {
      throw new IllegalStateException("a fault does not end");
    }
  }

  int bitten() {
    return (int) struck.stream().filter(Struck::bit).count();
  }

  /** All so far, in the order of their ends. */
  List<Struck> struck() {
    return List.copyOf(struck);
  }

  /** How many of each kind have bitten. */
  Map<Fault, Integer> byKind() {
    Map<Fault, Integer> kinds = new EnumMap<>(Fault.class);
    struck.stream().filter(Struck::bit).forEach(one -> kinds.merge(one.fault(), 1, Integer::sum));
    return kinds;
  }

  private void carryOut(Fault fault, Aimed aimed) {
    Instant from = Instant.now();
    boolean bit = false;
    String what = aimed.what();
    try {
      bit = aimed.strike().isCarriedOut();
    } catch (IOException | SQLException | RuntimeException failure) {
      what += ": " + failure;
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    } finally {
      aimed.leave().run();
    }
    struck.add(new Struck(fault, what, from, Instant.now(), bit));
  }

  private @Nullable Aimed aim(Planned planned, long until) throws InterruptedException {
    Aimed aimed = aim(planned);
    while (aimed == null && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      aimed = aim(planned);
    }
    return aimed;
  }

  private @Nullable Aimed aim(Planned planned) {
    return switch (planned.fault()) {
      case RELAY_KILLED, RELAY_STOPPED, RELAY_ZOMBIE, CLOCK_JUMPED ->
          atChild(planned, world.relays);
      case WRITER_KILLED, WRITER_STOPPED -> atChild(planned, world.writers);
      case CONSUMER_KILLED, CONSUMER_STOPPED -> atChild(planned, world.consumers);
      case BROKER_KILLED, BROKER_STOPPED, BROKER_CUT, BROKER_HALF_OPEN, BROKER_SILENT ->
          isAtWork(world.relays) && isAtWork(world.consumers)
              ? at("broker", broker, () -> strikeBroker(planned))
              : null;
      case DATABASE_KILLED,
          DATABASE_CRASHED,
          DATABASE_STOPPED,
          DATABASE_CUT,
          DATABASE_HALF_OPEN,
          DATABASE_SILENT,
          DATABASE_FULL ->
          isAtWork(world.relays) && isAtWork(world.writers)
              ? at("database", database, () -> strikeDatabase(planned))
              : null;
      case HORIZON_HELD ->
          isAtWork(world.writers)
              ? at("a foreign transaction", transactions, () -> isHorizonHeld(planned))
              : null;
      case LONG_PUBLISH, STORM -> {
        Child writer = free(world.writers, planned.choice());
        yield writer == null
            ? null
            : at(writer.name(), transactions, () -> isOrdered(planned, writer));
      }
    };
  }

  private static boolean isAtWork(List<Child> children) {
    return children.stream().anyMatch(Child::isAtWork);
  }

  private static @Nullable Aimed at(String what, Semaphore lock, Strike strike) {
    return lock.tryAcquire() ? new Aimed(what, strike, lock::release) : null;
  }

  private static @Nullable Child free(List<Child> children, int choice) {
    List<Child> working = children.stream().filter(Child::isAtWork).toList();
    return working.isEmpty() ? null : working.get(choice % working.size());
  }

  // ---- processes -------------------------------------------------------------------------------

  private @Nullable Aimed atChild(Planned planned, List<Child> children) {
    Child child = free(children, planned.choice());
    return child == null || !child.take()
        ? null
        : new Aimed(child.name(), () -> strikeChild(planned, child), child::leave);
  }

  private boolean strikeChild(Planned planned, Child child)
      throws IOException, SQLException, InterruptedException {
    switch (planned.fault()) {
      case RELAY_KILLED, WRITER_KILLED, CONSUMER_KILLED -> {
        child.kill();
        return true;
      }
      case CLOCK_JUMPED -> {
        child.tell("clock " + (planned.sign() ? 4 : -4) * planned.choice());
        return true;
      }
      case RELAY_ZOMBIE -> {
        try (Signals.Stopped stopped = child.stop();
            Connection connection = world.database.connect()) {
          int sessions = options.database().endSessions(connection, child.name());
          sleep(Math.min(OUTAGE_MS, planned.length().toMillis()));
          return stopped.isTrue() && sessions > 0;
        }
      }
      default -> {
        try (Signals.Stopped stopped = child.stop()) {
          sleep(planned.length().toMillis());
          return stopped.isTrue();
        }
      }
    }
  }

  // ---- the broker ------------------------------------------------------------------------------

  private boolean strikeBroker(Planned planned) throws IOException, InterruptedException {
    switch (planned.fault()) {
      case BROKER_KILLED -> {
        world.broker.kill();
        world.broker.restart();
        return true;
      }
      case BROKER_STOPPED -> {
        return isStopped(world.broker.processes(), planned);
      }
      default -> {
        return strikeNetwork(planned, List.of(world.broker.proxy()));
      }
    }
  }

  // ---- the database ----------------------------------------------------------------------------

  private boolean strikeDatabase(Planned planned)
      throws IOException, SQLException, InterruptedException {
    switch (planned.fault()) {
      case DATABASE_KILLED -> {
        world.database.kill();
        world.database.restart();
        return true;
      }
      case DATABASE_CRASHED -> {
        return isCrashed();
      }
      case DATABASE_STOPPED -> {
        return isStopped(world.database.processes(), planned);
      }
      case DATABASE_FULL -> {
        return isFilled(planned);
      }
      default -> {
        List<TcpProxy> all = world.database.proxies();
        int which = planned.choice() % (all.size() + 1);
        return strikeNetwork(planned, which < all.size() ? List.of(all.get(which)) : all);
      }
    }
  }

  private boolean isCrashed() throws SQLException, InterruptedException {
    boolean killed;
    try (Connection connection = world.database.connect()) {
      killed = options.database().killSession(connection);
    }
    ensureDatabase();
    return killed;
  }

  private boolean isFilled(Planned planned) throws IOException, InterruptedException {
    long before = World.total(world.writers, "full");
    Path filler = world.database.fill();
    try {
      sleep(Math.min(OUTAGE_MS, planned.length().toMillis()));
    } finally {
      Files.delete(filler);
    }
    boolean down = !world.database.answers(1);
    ensureDatabase();
    return down || World.total(world.writers, "full") > before;
  }

  private void ensureDatabase() throws InterruptedException {
    if (!world.database.answers(15)) {
      world.database.restart();
    }
  }

  private boolean isHorizonHeld(Planned planned) throws SQLException, InterruptedException {
    try (Connection connection = world.database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("insert into foreigner (n) values (default)");
      sleep(planned.length().toMillis());
      if (planned.sign()) {
        connection.commit();
      } else {
        connection.rollback();
      }
      return true;
    }
  }

  private boolean isOrdered(Planned planned, Child writer)
      throws IOException, InterruptedException {
    boolean isStorm = planned.fault() == Fault.STORM;
    String counter = isStorm ? "conflicts" : "long";
    long before = writer.total(counter);
    long enough = before + (isStorm ? CONFLICTS : 1);
    writer.tell((isStorm ? "storm " : "long ") + planned.length().toMillis());
    long until = System.nanoTime() + planned.length().plusSeconds(5).toNanos();
    sleep(planned.length().toMillis());
    while (writer.total(counter) < enough && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    return writer.total(counter) >= enough;
  }

  // ----------------------------------------------------------------------------------------------

  private static boolean isStopped(List<Long> processes, Planned planned)
      throws IOException, InterruptedException {
    try (Signals.Stopped stopped = Signals.stop(processes)) {
      sleep(Math.min(OUTAGE_MS, planned.length().toMillis()));
      return stopped.isTrue();
    }
  }

  private static boolean strikeNetwork(Planned planned, List<TcpProxy> proxies)
      throws InterruptedException {
    long length = Math.min(2 * OUTAGE_MS, planned.length().toMillis());
    switch (planned.fault()) {
      case BROKER_CUT, DATABASE_CUT -> {
        return proxies.stream().mapToInt(TcpProxy::cut).sum() > 0;
      }
      case BROKER_HALF_OPEN, DATABASE_HALF_OPEN -> {
        int connections = proxies.stream().mapToInt(TcpProxy::abandon).sum();
        sleep(length);
        int unused = proxies.stream().mapToInt(TcpProxy::cut).sum();
        return connections > 0;
      }
      default -> {
        proxies.forEach(TcpProxy::hold);
        try {
          sleep(Math.min(OUTAGE_MS, length));
        } finally {
          proxies.forEach(TcpProxy::release);
        }
        return true;
      }
    }
  }

  private static void sleep(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }
}
