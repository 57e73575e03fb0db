package io.stagepost.outbox.relay;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.outbox.OnRefused;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import io.stagepost.outbox.store.Depth;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

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
  /** Counting takes the longer the more there are. */
  private static final long COUNTED = 100_000;

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
      names = "--on-refused",
      paramLabel = "WHAT",
      converter = Words.class,
      defaultValue = "skip-past",
      description = {
        "What becomes of a key's later rows when the broker refuses one, which is parked: skip-past"
            + " sends them, hold-key keeps them until that one is retried or discarded. Default:"
            + " ${DEFAULT-VALUE}."
      })
  private OnRefused onRefused = OnRefused.SKIP_PAST;

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
    try (HikariDataSource dataSource = options.open();
        Messaging messaging =
            Messaging.builder(broker.open()).publishTimeout(publishTimeout).build()) {
      Outbox outbox = options.in(dataSource, messaging);
      Relay.Builder builder = outbox.relay().onRefused(onRefused);
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
      Depth depth = outbox.depth(COUNTED);
      line.put("waiting", depth.rows());
      line.put("oldestMillis", depth.oldest().toMillis());
    } catch (MessagingException away) {
      line.put("database", away.code());
    }
    report.line(line);
  }

  /** The library's words, as options are written. */
  static final class Words implements ITypeConverter<OnRefused> {
    /** For picocli. */
    Words() {}

    @Override
    public OnRefused convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "skip-past" -> OnRefused.SKIP_PAST;
        case "hold-key" -> OnRefused.HOLD_KEY;
        default ->
            throw new TypeConversionException("'" + value + "' is not skip-past or hold-key");
      };
    }
  }
}
