package io.stagepost.outbox.relay;

import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.store.Depth;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says how much waits. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Say how much waits, for how long, how much is parked, and what a DBA should know.",
    description = {
      "",
      "Whoever relays: this asks the database alone. With limits, it is a check for monitoring."
    },
    footerHeading = "%nExamples:%n",
    footer = "  relay status --max-age 1m --max-parked 0 --format json")
final class StatusCommand implements Callable<Integer> {
  /** Counting takes the longer the more there are. */
  private static final long COUNTED = 100_000;

  @Option(
      names = "--max-age",
      paramLabel = "TIME",
      converter = Durations.class,
      description = "End with exit code 5 if a row has waited for longer.")
  private @Nullable Duration maxAge;

  @Option(
      names = "--max-parked",
      paramLabel = "N",
      description = "End with exit code 5 if more rows are parked.")
  private @Nullable Long maxParked;

  @Mixin private OutboxOptions outbox = new OutboxOptions();
  @Mixin private Report report = new Report();

  /** For picocli. */
  StatusCommand() {}

  @Override
  public Integer call() {
    return outbox.with(this::tell);
  }

  private int tell(Outbox opened) {
    Depth depth = opened.depth(COUNTED);
    List<String> description = opened.describe();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("waiting", depth.rows());
    line.put("oldestMillis", depth.oldest().toMillis());
    line.put("parked", depth.parked());
    if (report.isJson()) {
      line.put("description", description);
    }
    report.line(line);
    if (!report.isJson()) {
      description.forEach(report::println);
    }
    boolean isTooOld = maxAge != null && depth.oldest().compareTo(maxAge) > 0;
    boolean isTooMuch = maxParked != null && depth.parked() > maxParked;
    return (isTooOld || isTooMuch ? ExitCode.ALARM : ExitCode.DONE).number();
  }
}
