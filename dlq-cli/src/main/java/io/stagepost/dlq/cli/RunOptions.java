package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Replay.Settings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How fast and how carefully a plan is carried out. */
final class RunOptions {
  @Option(
      names = "--rate",
      paramLabel = "N/s",
      converter = RateConverter.class,
      description = "So many letters a second at most: 200/s, 30/m. Default: no limit.")
  private @Nullable Double rate;

  @Option(
      names = "--max-inflight",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "How many letters are sent and not yet noted in the ledger at most: so many may be sent"
              + " twice by a run that was killed (default: ${DEFAULT-VALUE}).")
  private int maxInFlight = 5_000;

  @Option(names = "--yes", description = "Do not ask. Needed where there is no terminal to ask at.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Show what would be done, and do nothing.")
  private boolean dryRun;

  @Option(names = "--allow-drift", description = "Go on though letters of the plan are gone.")
  private boolean allowDrift;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  RunOptions() {}

  boolean isAgreed() {
    return yes;
  }

  boolean isDryRun() {
    return dryRun;
  }

  Settings settings() {
    return settings(0, 100, Duration.ofSeconds(10), false);
  }

  Settings settings(int canary, double minSuccess, Duration settle, boolean stopOnRefail) {
    return new Settings(
        rate == null ? Double.POSITIVE_INFINITY : rate,
        maxInFlight,
        canary,
        minSuccess,
        settle,
        stopOnRefail,
        allowDrift);
  }

  ParameterException wrong(String text) {
    return new ParameterException(requireNonNull(spec).commandLine(), text);
  }

  /** {@code 200}, {@code 200/s}, {@code 30/m}, {@code 1000/h}. */
  static final class RateConverter implements ITypeConverter<Double> {
    /** For picocli. */
    RateConverter() {}

    @Override
    public Double convert(String value) {
      if (!value.matches("\\d{1,9}(\\.\\d{1,6})?(/[smh])?")) {
        throw new TypeConversionException("'" + value + "' is no rate: write 200/s, 30/m or 10/h");
      }
      double number = Double.parseDouble(value.replaceAll("/.$", ""));
      return value.endsWith("/m") ? number / 60 : value.endsWith("/h") ? number / 3_600 : number;
    }
  }
}
