package io.stagepost.samples.shop.launcher;

import io.stagepost.MessagingException;
import io.stagepost.samples.shop.OrdersService;
import io.stagepost.samples.shop.PaymentService;
import io.stagepost.samples.shop.ShippingService;
import io.stagepost.samples.shop.UnusableInputException;
import io.stagepost.samples.shop.launcher.FaultPlan.Consumer;
import io.stagepost.testkit.fixture.FixtureException;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run of the shop, from the check of the input to the report.
 *
 * <p>Whatever it starts it ends, also when it is interrupted; the operating system ends the rest
 * when it is killed, since services and fixtures end with their launcher.
 */
public final class Launcher {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * A fault may cost a session and a start, and what failed meanwhile is retried later and later.
   */
  private static final Duration PATIENCE_WITH_FAULTS = Duration.ofMinutes(3);

  private static final int PROBLEMS_SHOWN = 20;

  /** How often each fault is to strike; with fewer the run is void, which the tests know. */
  private static final int ROUNDS = Integer.getInteger("shop.strikes", FaultReport.LEAST);

  private static final int RECONCILED = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USE = 2;
  private static final int VOID = 3;

  private final Options options;
  private final Input input;
  private final Path directory;
  private final Terminal terminal;
  private final BlockingQueue<String> failures = new LinkedBlockingQueue<>();
  private final List<ServiceProcess> services = new ArrayList<>();
  private final Deque<Runnable> cleanUp = new ArrayDeque<>();

  private Launcher(Options options, Input input, Path directory, Terminal terminal) {
    this.options = options;
    this.input = input;
    this.directory = directory;
    this.terminal = terminal;
  }

  /**
   * Runs the command.
   *
   * @param args its arguments
   * @return its exit code
   */
  public static int run(String[] args) {
    Path home = Path.of(System.getProperty("shop.home", "."));
    Terminal terminal =
        new Terminal(
            System.err,
            Boolean.getBoolean("shop.terminal"),
            Integer.getInteger("shop.columns", 80));
    Options options;
    try {
      options = Options.parse(List.of(args), home);
      if (options.help()) {
        System.out.print(Options.usage(home));
        return RECONCILED;
      }
      Input input = Input.of(options);
      Path directory = Files.createTempDirectory("shop-");
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
      return new Launcher(options, input, directory, terminal).run();
    } catch (UsageException wrong) {
      terminal.say("shop: " + wrong.getMessage() + "; --help tells what it takes");
      return WRONG_USE;
    } catch (UnusableInputException wrong) {
      terminal.say("shop: " + wrong.getMessage());
      return WRONG_USE;
    } catch (IOException failure) {
      terminal.say("shop: no directory for the run's data: " + failure);
      return FAILED;
    }
  }

  private int run() {
    cleanUpLast(() -> deleteRecursively(directory));
    Runtime.getRuntime().addShutdownHook(new Thread(this::interrupted, "clean-up"));
    try {
      terminal.say(
          "%d lines in %s; starting %s and PostgreSQL in %s"
              .formatted(input.lines(), options.input(), options.broker().product(), directory));
      Infrastructure infrastructure =
          Infrastructure.start(
              options.broker(),
              directory,
              options.faultSeed().isPresent() ? TcpProxy.open() : null);
      cleanUpFirst(infrastructure::close);
      Books books = infrastructure.books();
      cleanUpFirst(books::close);
      if (options.faultSeed().isPresent()) {
        books.makeGate();
      }
      long start = System.nanoTime();
      Map<Consumer, ServiceProcess> consumers = startServices(infrastructure);
      Strikes strikes = strikes(infrastructure, books, consumers);
      long end = awaitCompletion(books, start, strikes);
      if (options.repair().isPresent()) {
        repair(options.repair().get(), infrastructure, consumers);
        end = awaitCompletion(books, start, null);
      }
      long durationMs = (end - start) / 1_000_000;
      FaultReport faults = strikes == null ? null : faults(strikes, books);
      Audit.Result result =
          Audit.of(
              books.evidence(input.lines(), input.lineThatFails(), options.repair().isPresent()),
              durationMs);
      int exitCode = report(result.report().with(faults), result.problems());
      if (options.keep()) {
        keep(infrastructure);
      } else if (!result.problems().isEmpty()) {
        tellLogs();
        leaveData();
      }
      return exitCode;
    } catch (RunFailedException
        | FixtureException
        | MessagingException
        | SQLException
        | UncheckedIOException failure) {
      terminal.say("shop: the run failed: " + failure.getMessage());
      tellLogs();
      leaveData();
      return FAILED;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return FAILED;
    } finally {
      cleanUp();
    }
  }

  // ---- start -----------------------------------------------------------------------------------

  private Map<Consumer, ServiceProcess> startServices(Infrastructure infrastructure) {
    Map<String, String> toOrders = new HashMap<>();
    toOrders.put("SHOP_INPUT", options.input().toAbsolutePath().toString());
    options.rate().ifPresent(rate -> toOrders.put("SHOP_RATE", rate));
    Map<String, String> toShipping = new HashMap<>();
    options.faultSeed().ifPresent(seed -> toShipping.put("SHOP_FAULT_SEED", Long.toString(seed)));
    toOrders.putAll(toShipping);
    Map<String, String> toPayment = new HashMap<>(toShipping);
    toPayment.put("SHOP_FAULT_LINE", Long.toString(input.lineThatFails()));
    ServiceProcess shipping =
        service(
            "shipping",
            ShippingService.class,
            infrastructure.shipping(),
            infrastructure,
            toShipping);
    ServiceProcess payment =
        service(
            "payment", PaymentService.class, infrastructure.payment(), infrastructure, toPayment);
    ServiceProcess orders =
        service("orders", OrdersService.class, infrastructure.orders(), infrastructure, toOrders);
    services.addAll(List.of(shipping, payment, orders));
    cleanUpFirst(
        () -> {
          services.forEach(ServiceProcess::stop);
          services.forEach(ServiceProcess::close);
        });
    services.forEach(ServiceProcess::start);
    return Map.of(Consumer.SHIPPING, shipping, Consumer.PAYMENT, payment);
  }

  private ServiceProcess service(
      String name,
      Class<?> main,
      PostgresDatabase database,
      Infrastructure infrastructure,
      Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(infrastructure.environment(database));
    environment.putAll(more);
    return new ServiceProcess(
        name, main, environment, directory.resolve(name + ".log"), terminal, failures::add);
  }

  private @Nullable Strikes strikes(
      Infrastructure infrastructure, Books books, Map<Consumer, ServiceProcess> consumers) {
    if (options.faultSeed().isEmpty()) {
      return null;
    }
    long seed = options.faultSeed().getAsLong();
    terminal.say(
        "faults of seed %d; line %d fails for good".formatted(seed, input.lineThatFails()));
    Strikes strikes =
        new Strikes(
            new FaultPlan(seed, input.lines(), ROUNDS),
            input.lines(),
            ROUNDS,
            infrastructure,
            books,
            consumers,
            terminal,
            failures::add);
    cleanUpFirst(strikes::stop);
    return strikes;
  }

  // ---- watch -----------------------------------------------------------------------------------

  /** Returns when the look began that found nothing left to do. */
  private long awaitCompletion(Books books, long start, @Nullable Strikes strikes)
      throws RunFailedException, InterruptedException {
    Standing last = null;
    String trouble = "";
    long lastLook = start;
    long lastMove = start;
    while (last == null || !last.isComplete()) {
      failIfAnythingDoesFor(LOOK);
      long now = System.nanoTime();
      try {
        Standing standing = books.standing();
        if (last == null && strikes != null) {
          strikes.start(); // there is something to look at now
        }
        terminal.status(lines(standing, last, now - lastLook, now - start));
        if (!standing.equals(last)) {
          lastMove = now;
        }
        last = standing;
        lastLook = now;
        trouble = "";
      } catch (SQLException | MessagingException | FixtureException failure) {
        // At first the services have not created their tables and channels; later it is trouble.
        trouble = "; the last look failed: " + failure.getMessage();
        if (last != null) {
          terminal.status(List.of("The services cannot be looked at: " + failure.getMessage()));
        }
      }
      Duration patience = strikes == null ? PATIENCE : PATIENCE_WITH_FAULTS;
      if (now - lastMove > patience.toNanos()) {
        String missing = last == null ? "everything" : String.join(", ", last.missing());
        throw new RunFailedException(
            "nothing has moved for %d s; missing: %s%s"
                .formatted(patience.toSeconds(), missing, trouble));
      }
    }
    terminal.lastStatus(lines(last, null, 1, lastLook - start));
    return lastLook;
  }

  private void failIfAnythingDoesFor(Duration time)
      throws RunFailedException, InterruptedException {
    String failure = failures.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    if (failure != null) {
      throw new RunFailedException(failure);
    }
  }

  private List<String> lines(
      Standing now, @Nullable Standing before, long nanosBetween, long nanos) {
    double seconds = nanosBetween / 1e9;
    Standing from = before == null ? now : before;
    return now.lines(
        input.lines(),
        (now.lines() - from.lines()) / seconds,
        (now.judged() - from.judged()) / seconds,
        nanos / 1e9);
  }

  // ---- repair ----------------------------------------------------------------------------------

  /** Mends payment, and has its dead letters replayed. */
  private void repair(
      Path command, Infrastructure infrastructure, Map<Consumer, ServiceProcess> consumers)
      throws RunFailedException, InterruptedException {
    terminal.say("payment gets its next release, which books what nobody has ordered to a guest");
    Objects.requireNonNull(consumers.get(Consumer.PAYMENT)).upgrade("SHOP_GUESTS", "true");
    ProcessBuilder repair = new ProcessBuilder(command.toString()).inheritIO();
    String address = infrastructure.broker().address();
    repair
        .environment()
        .put("DLQ_BROKER", address.contains("://") ? address : "kafka://" + address);
    try {
      int code = repair.start().waitFor();
      if (code != 0) {
        throw new RunFailedException(command + " ended with exit code " + code);
      }
    } catch (IOException failure) {
      throw new RunFailedException(command + " could not be started: " + failure.getMessage());
    }
  }

  // ---- report ----------------------------------------------------------------------------------

  private FaultReport faults(Strikes strikes, Books books)
      throws SQLException, InterruptedException {
    return FaultReport.of(
        options.faultSeed().orElseThrow(),
        input.lineThatFails(),
        strikes.end(),
        books.faultCounts());
  }

  private int report(Report report, List<String> problems) throws RunFailedException {
    try {
      report.writeTo(options.report());
    } catch (IOException failure) {
      throw new RunFailedException("the report could not be written: " + failure);
    }
    System.out.println();
    System.out.print(report.table());
    System.out.println();
    problems.stream()
        .limit(PROBLEMS_SHOWN)
        .forEach(problem -> System.out.println("  ! " + problem));
    if (problems.size() > PROBLEMS_SHOWN) {
      System.out.println("  ! and %d more".formatted(problems.size() - PROBLEMS_SHOWN));
    }
    System.out.println(
        problems.isEmpty()
            ? "The books reconcile."
            : "The books do NOT reconcile: %d problems.".formatted(problems.size()));
    String voidBecause = report.faults() == null ? null : report.faults().voidBecause();
    if (voidBecause != null) {
      System.out.println("The run is VOID, it proves nothing: " + voidBecause + ".");
    }
    System.out.println("Report: " + options.report());
    return !problems.isEmpty() ? FAILED : voidBecause == null ? RECONCILED : VOID;
  }

  private void tellLogs() {
    for (ServiceProcess service : services) {
      try {
        String tail = service.tailOfLog();
        if (!tail.isEmpty()) {
          terminal.say("---- the last lines of the log of " + service.name() + "\n" + tail);
        }
      } catch (IOException unreadable) {
        terminal.say("The log of " + service.name() + " cannot be read: " + unreadable);
      }
    }
  }

  // ---- end -------------------------------------------------------------------------------------

  private void keep(Infrastructure infrastructure) {
    forgetData();
    System.out.println(infrastructure.keep(directory));
  }

  /** Whoever looks for the reason needs it. */
  private void leaveData() {
    forgetData();
    terminal.say("The logs of the services, and all data, stay in %s".formatted(directory));
  }

  private void forgetData() {
    synchronized (cleanUp) {
      cleanUp.pollLast(); // deletes it
    }
  }

  private void cleanUpFirst(Runnable action) {
    synchronized (cleanUp) {
      cleanUp.addFirst(action);
    }
  }

  private void cleanUpLast(Runnable action) {
    synchronized (cleanUp) {
      cleanUp.addLast(action);
    }
  }

  /** Ends what a run that came to its end has ended already. */
  private void interrupted() {
    synchronized (cleanUp) {
      if (!cleanUp.isEmpty()) {
        terminal.say("Interrupted; stopping what was started");
        cleanUp();
      }
    }
  }

  private void cleanUp() {
    synchronized (cleanUp) {
      while (!cleanUp.isEmpty()) {
        cleanUp.removeFirst().run();
      }
    }
  }

  private static void deleteRecursively(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
