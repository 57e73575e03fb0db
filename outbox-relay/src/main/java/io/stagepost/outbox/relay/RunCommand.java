package io.stagepost.outbox.relay;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Relays until it is told to stop. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Send what is committed to the outbox, until told to stop.",
    description = {
      "",
      "Standard output has a line every so often; standard error has what went wrong. SIGTERM and"
          + " Ctrl-C finish the round under way and end it with exit code 0. Several may run on one"
          + " outbox, beside those within services: they share the shards, and take over from one"
          + " another at once."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  relay run --database jdbc:postgresql://db/shop --database-config db.properties \\",
      "    --broker kafka://broker:9092 --broker-config kafka.properties"
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private DatabaseOptions database = new DatabaseOptions();
  @Mixin private OutboxOptions options = new OutboxOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();

  @Option(
      names = "--shards-per-round",
      paramLabel = "N",
      description =
          "How many shards it claims at once. Fewer than all let several relays work side by side."
              + " Default: all.")
  private @Nullable Integer shardsPerRound;

  @Option(
      names = "--publish-timeout",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "30s",
      description = "How long one send may take. Default: ${DEFAULT-VALUE}.")
  private Duration publishTimeout = Duration.ofSeconds(30);

  @Option(
      names = "--metrics-every",
      paramLabel = "TIME",
      converter = Durations.class,
      defaultValue = "10s",
      description = "How often a line is written. Default: ${DEFAULT-VALUE}.")
  private Duration every = Duration.ofSeconds(10);

  @Mixin private Report report = new Report();

  /** For picocli. */
  RunCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    CompletableFuture<ExitCode> end = new CompletableFuture<>();
    ExitCode code = ExitCode.ERROR;
    try (HikariDataSource dataSource = database.open();
        Messaging messaging =
            Messaging.builder(broker.open()).publishTimeout(publishTimeout).build()) {
      Outbox outbox = Outbox.builder(messaging, dataSource).shards(options.shards).build();
      Relay.Builder builder = outbox.relay();
      if (shardsPerRound != null) {
        builder.shardsPerRound(shardsPerRound);
      }
      Relay relay = builder.start();
      try (relay) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(stop, end), "relay-stop"));
        tell("started", relay, outbox);
        while (!stop.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
          tell("running", relay, outbox);
        }
      }
      tell("stopped", relay, outbox);
      code = ExitCode.DONE;
    } finally {
      end.complete(code); // all is closed
    }
    return code.number();
  }

  /** A signal came: the JVM ends when this does, so it waits for the end, and tells how it was. */
  private static void finish(CountDownLatch stop, CompletableFuture<ExitCode> end) {
    stop.countDown();
    Runtime.getRuntime().halt(end.join().number());
  }

  private void tell(String state, Relay relay, Outbox outbox) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS).toString());
    line.put("state", state);
    line.put("sent", relay.sent());
    line.put("parked", relay.parked());
    line.put("violations", relay.violations());
    try {
      line.put("waiting", outbox.pending());
    } catch (MessagingException away) {
      line.put("database", away.code());
    }
    report.line(line);
  }
}
